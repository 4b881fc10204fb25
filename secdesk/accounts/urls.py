"""URLs of accounts."""

from django.urls import path

from secdesk.accounts.views import attestations, enrolment, login, sessions, start

app_name = "accounts"
urlpatterns = [
    path("login/", login.login_page, name="login"),
    path("login/second/", login.second_factor_page, name="second_factor"),
    path("logout/", login.logout_action, name="logout"),
    path("lock/", sessions.lock_page, name="lock"),
    path("alive/", sessions.alive_action, name="alive"),
    path("devices/", sessions.devices_page, name="sessions"),
    path("devices/end-others/", sessions.end_others_action, name="end_other_sessions"),
    path("devices/<int:session_id>/end/", sessions.end_action, name="end_session"),
    path("start/", start.start_page, name="start"),
    path("start/password/", start.password_page, name="start_password"),
    path("start/factor/", start.factor_page, name="start_factor"),
    path("start/app/", start.app_page, name="start_app"),
    path("start/sheet/", start.sheet_page, name="start_sheet"),
    path("start/sheet/print/", start.print_sheet_action, name="start_print_sheet"),
    path("start/token/", start.token_page, name="start_token"),
    path("start/recovery/", start.recovery_page, name="start_recovery"),
    path("enrolment/", enrolment.sections_page, name="enrolment"),
    path("enrolment/<int:section_id>/", enrolment.section_page, name="enrolment_section"),
    path("enrolment/<int:section_id>/act/", enrolment.section_action, name="enrolment_act"),
    path("enrolment/<int:section_id>/slips/", enrolment.slips_page, name="slips"),
    path("enrolment/person/<int:enrollee_id>/mail/", enrolment.mail_action, name="invite_by_mail"),
    path("enrolment/slip/<int:invitation_id>/handed-over/", enrolment.hand_over_action, name="hand_over"),
    path("login/ask/<str:kind>/", attestations.ask_action, name="ask_attestation"),
    path("login/attested/<str:kind>/", attestations.attested_page, name="attested"),
    path("vouch/", attestations.requests_page, name="attestations"),
    path("vouch/<int:attestation_id>/attest/", attestations.attest_action, name="attest"),
    path("vouch/<int:attestation_id>/refuse/", attestations.refuse_action, name="refuse_attestation"),
]
