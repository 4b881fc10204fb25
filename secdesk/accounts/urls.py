"""URLs of accounts."""

from django.urls import path

from secdesk.accounts.views import login, sessions

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
]
