"""Who is told of what (facts §14): a line what waits and a link, never a detail of the incident.

At sending time the outbox asks the door again, so that a seal or a lost role stops a mail on its way.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse

from incidents.models import Incident, Message
from incidents.permissions import IncidentPerm
from incidents.selectors import csirt_people, section_heads
from secdesk.core.outbox.services import enqueue, enqueue_to_each
from secdesk.core.people.models import Person


def reported(incident: Incident, *, quiet: bool, taken_by: Person | None = None) -> None:
    """Tell CSIRT, and the head of the reporter's section unless the reporter asked not to."""
    silent = (taken_by, incident.reporter)
    _tell("incident_reported", [person for person in _workers(incident) if person not in silent], incident, key="csirt")
    if not quiet:
        heads = [head for head in section_heads(incident.department_id) if head != incident.reporter]
        _tell("incident_reported_head", heads, incident, key="head")


def message_waits(message: Message) -> None:
    """Tell the other side that a message waits."""
    incident = message.incident
    if message.from_csirt:
        if incident.reporter is not None:
            _tell_reporter("incident_message", incident, key=f"message:{message.pk}")
        return
    people = [person for person in _in_charge(incident) if person != message.by]
    _tell("incident_message", people, incident, key=f"message:{message.pk}")


def closed(incident: Incident, *, change_id: int, by: Person) -> None:
    """Tell the reporter that it is finished."""
    if incident.reporter is not None and incident.reporter != by:
        _tell_reporter("incident_closed", incident, key=f"closed:{change_id}")


def quiet_unsealed(incident: Incident, *, entry_id: int) -> None:
    """Tell who reported with 「所属長に知らせない」 that the seal is lifted: the head can see it from now on."""
    if incident.reporter is not None:
        _tell_reporter("incident_unsealed", incident, key=f"unsealed:{entry_id}")


def glass_broken(incident: Incident, *, entry_id: int, by: Person) -> None:
    """Tell the team that somebody used emergency access."""
    team = [person for person in _workers(incident) if person != by]
    _tell("incident_glass_broken", team, incident, key=f"glass:{entry_id}")


def _in_charge(incident: Incident) -> Iterable[Person]:
    """The owner; all who work on it where there is none, or none who reaches it."""
    if incident.owner is not None and Incident.objects.visible_to(incident.owner).filter(pk=incident.pk).exists():
        return [incident.owner]
    return _workers(incident)


def _workers(incident: Incident) -> Iterable[Person]:
    """CSIRT people who reach the incident; of a sealed one its team."""
    if not incident.sealed:
        return csirt_people()
    return Person.objects.filter(pk__in=incident.grants.values("user_id"))


def _tell(kind: str, people: Iterable[Person], incident: Incident, *, key: str) -> None:
    enqueue_to_each(
        kind,
        to=people,
        target=incident,
        dedupe_key=f"{kind}:{incident.pk}:{key}",
        context={"reference": incident.reference},
    )


def _tell_reporter(kind: str, incident: Incident, *, key: str) -> None:
    assert incident.reporter is not None
    enqueue(
        kind,
        to=incident.reporter,
        target=incident,
        permission=IncidentPerm.OWN_REPORT,
        path=reverse("incidents:my_report", args=[incident.pk]),
        dedupe_key=f"{kind}:{incident.pk}:{key}:{incident.reporter_id}",
        context={"reference": incident.reference},
    )
