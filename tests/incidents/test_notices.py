"""Who gets which mail."""

from __future__ import annotations

from django.urls import reverse

from incidents.models import Incident
from incidents.services import life, sealing, work
from secdesk.core.outbox.models import OutboxMessage
from secdesk.core.outbox.sending import compose, target_for
from secdesk.core.people.models import Person, RoleAssignment
from tests.incidents.stories import bring_to, report


def mails(kind: str) -> set[str]:
    """Employee numbers of who gets a mail of this kind."""
    return set(OutboxMessage.objects.filter(kind=kind).values_list("person__number", flat=True))


def test_a_report_tells_csirt_and_the_head(cast: dict[str, Person]) -> None:
    report(cast["clerk"])
    assert mails("incident_reported") == {"csirt", "csirt2", "csirt_head"}
    assert mails("incident_reported_head") == {"head"}


def test_a_quiet_report_tells_its_team_alone(cast: dict[str, Person]) -> None:
    report(cast["clerk"], quiet=True)
    assert mails("incident_reported") == {"csirt", "csirt2", "csirt_head"}
    assert mails("incident_reported_head") == set()


def test_who_reports_is_not_told_of_their_own_report(cast: dict[str, Person]) -> None:
    report(cast["csirt"])
    report(cast["head"])
    assert OutboxMessage.objects.filter(kind="incident_reported", person=cast["csirt"]).count() == 1
    assert mails("incident_reported_head") == set()


def test_messages_tell_the_other_side(cast: dict[str, Person]) -> None:
    incident = report(cast["clerk"])
    work.send_message(incident, "質問", by=cast["clerk"], from_csirt=False)
    assert mails("incident_message") == {"csirt", "csirt2", "csirt_head"}
    OutboxMessage.objects.all().delete()
    life.accept(incident, by=cast["csirt"])
    incident.refresh_from_db()
    work.send_message(incident, "答え", by=cast["clerk"], from_csirt=False)
    assert mails("incident_message") == {"csirt"}
    work.send_message(incident, "お礼", by=cast["csirt"], from_csirt=True)
    assert mails("incident_message") == {"csirt", "clerk"}


def test_messages_reach_the_team_when_the_owner_lost_the_case(cast: dict[str, Person]) -> None:
    incident = bring_to(report(cast["clerk"], quiet=True), "checking", by=cast["csirt"])
    RoleAssignment.objects.filter(person=cast["csirt"]).delete()
    incident = Incident.objects.get()
    work.send_message(incident, "質問", by=cast["clerk"], from_csirt=False)
    assert {"csirt2", "csirt_head"} <= mails("incident_message")


def test_who_reported_quietly_is_told_that_the_seal_is_lifted(cast: dict[str, Person]) -> None:
    incident = report(cast["clerk"], quiet=True)
    sealing.unseal(incident, by=cast["csirt_head"], reason="本人の同意を得た")
    assert mails("incident_unsealed") == {"clerk"}
    message = OutboxMessage.objects.get(kind="incident_unsealed")
    mail = compose(message, target_for(message))
    assert incident.reference in mail.subject
    assert reverse("incidents:my_report", args=[incident.pk]) in mail.body
    assert incident.timeline.get().text == "本人の同意を得た"


def test_closing_tells_the_reporter_each_time(cast: dict[str, Person]) -> None:
    incident = bring_to(report(cast["clerk"]), "done", by=cast["csirt"])
    life.move_incident(incident, "reopen", by=cast["csirt"], reason="追加の問い合わせ")
    life.move_incident(incident, "prevent", by=cast["csirt"])
    life.move_incident(incident, "close", by=cast["csirt"], reason="済み")
    assert mails("incident_closed") == {"clerk"}
    assert OutboxMessage.objects.filter(kind="incident_closed").count() == 2


def test_breaking_the_glass_tells_the_team(cast: dict[str, Person]) -> None:
    incident = report(cast["clerk"], quiet=True)
    sealing.break_glass(incident.reference, by=cast["ciso"], reason="市長への報告")
    assert mails("incident_glass_broken") == {"csirt", "csirt2", "csirt_head"}
