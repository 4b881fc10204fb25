"""Incidents made the way people make them: through the services."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from incidents.models import Incident, IncidentType
from incidents.services import life, reporting, work
from incidents.vocabulary import Concern, ReportedAs, Status, TrackState
from secdesk.core.people.models import Person

CANARY = "カナリア蘭丸"


def report(
    by: Person, what: str = "講座の案内メールを、宛先をCCに入れたまま32人に送った。", **fields: object
) -> Incident:
    """What a clerk sends from the report page."""
    values = {
        "noticed_at": timezone.now() - dt.timedelta(minutes=10),
        "concerns": [Concern.MAIL],
        "reported_as": ReportedAs.SENT,
    }
    return reporting.report_incident(reporting.Report(what=what, **(values | fields)), by=by)


def bring_to(incident: Incident, status: Status, *, by: Person) -> Incident:
    """Walk the incident to a state, by its lawful road."""
    roads = {
        Status.NEW: [],
        Status.CHECKING: ["accept"],
        Status.VOID: ["accept", "void"],
        Status.NEAR: ["accept", "near"],
        Status.HANDLING: ["accept", "handle"],
        Status.PREVENTING: ["accept", "handle", "prevent"],
        Status.DONE: ["accept", "handle", "prevent", "close"],
    }
    for name in roads[status]:
        step(incident, name, by=by)
    return incident


def step(incident: Incident, name: str, *, by: Person) -> None:
    """One move, with what it needs."""
    if name == "accept":
        life.accept(incident, by=by)
        return
    if name == "close":
        for track in incident.tracks.filter(state=TrackState.OPEN):
            work.set_track(incident, track.code, TrackState.NOT_NEEDED, by=by, reason="個人情報なし")
    life.move_incident(incident, name, by=by, reason="手順どおり")


def mail_type() -> IncidentType:
    """メール誤送信(CC/BCC)."""
    return IncidentType.objects.get(code="mail_cc")
