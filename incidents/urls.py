"""URLs of incidents."""

from django.urls import path

from incidents.views import case, csirt, moves, reports, sealed

app_name = "incidents"
urlpatterns = [
    path("report/", reports.report, name="report"),
    path("reports/", reports.my_reports, name="my_reports"),
    path("reports/<int:incident_id>/", reports.my_report, name="my_report"),
    path("reports/<int:incident_id>/messages/", reports.my_message, name="my_message"),
    path("incidents/", csirt.incident_list, name="list"),
    path("incidents/queue/", csirt.queue, name="queue"),
    path("incidents/telephone/", csirt.telephone, name="telephone"),
    path("incidents/emergency-access/", csirt.emergency_access, name="emergency_access"),
    path("incidents/<int:incident_id>/", case.detail, name="detail"),
    path("incidents/<int:incident_id>/accept/", moves.accept, name="accept"),
    path("incidents/<int:incident_id>/triage/", moves.triage, name="triage"),
    path("incidents/<int:incident_id>/facts/", moves.facts, name="facts"),
    path("incidents/<int:incident_id>/moves/<slug:name>/", moves.move, name="move"),
    path("incidents/<int:incident_id>/phases/<slug:code>/", case.phase, name="phase"),
    path("incidents/<int:incident_id>/tracks/<slug:code>/", case.track, name="track"),
    path("incidents/<int:incident_id>/log/", case.log, name="log"),
    path("incidents/<int:incident_id>/messages/", case.message, name="message"),
    path("incidents/<int:incident_id>/team/", sealed.team, name="team"),
    path("incidents/<int:incident_id>/unseal/", sealed.unseal, name="unseal"),
]
