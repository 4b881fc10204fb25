"""Dangerous acts ask for a factor that was shown within 15 minutes, wherever their view stands."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from incidents.models import Incident
from incidents.services import sealing
from secdesk.accounts.models import Invitation, Session
from secdesk.accounts.services.invitations import invite
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.models import LedgerEntry
from secdesk.core.people.models import Person
from tests.incidents.stories import report
from tests.login import log_in
from tests.objects import UrlObjects

ACTS = [
    ("csirt_head", "POST", "core:ledger_export", ()),
    ("ciso", "GET", "incidents:emergency_access", ()),
    ("ciso", "POST", "incidents:emergency_access", ()),
    ("csirt", "GET", "incidents:team", ("incident_id",)),
    ("csirt", "POST", "incidents:team", ("incident_id",)),
    ("csirt", "POST", "incidents:unseal", ("incident_id",)),
    ("helper", "POST", "accounts:enrolment_act", ("section_id",)),
    ("helper", "GET", "accounts:slips", ("section_id",)),
    ("helper", "POST", "accounts:hand_over", ("invitation_id",)),
]


@pytest.mark.parametrize(("who", "method", "name", "arguments"), ACTS)
def test_asks_for_a_factor_again(
    client: Client, cast: dict[str, Person], who: str, method: str, name: str, arguments: tuple[str, ...]
) -> None:
    objects = UrlObjects(cast)
    url = reverse(name, kwargs={argument: objects.value(name, argument) for argument in arguments})
    log_in(client, cast[who])
    assert not to_confirm(client.generic(method, url))
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=16)):
        Session.objects.filter(person=cast[who]).update(last_seen_at=timezone.now())
        assert to_confirm(client.generic(method, url))
        log_in(client, cast[who])
        assert not to_confirm(client.generic(method, url))


def test_nothing_is_done_before_the_factor(client: Client, cast: dict[str, Person]) -> None:
    incident = report(cast["clerk"])
    sealing.seal(incident, by=cast["csirt_head"])
    slip = invite(cast["not_enrolled"], Invitation.Kind.SLIP, cast["helper"])
    posts = (
        ("csirt_head", reverse("core:ledger_export"), {}),
        ("csirt_head", reverse("incidents:unseal", args=[incident.pk]), {}),
        ("ciso", reverse("incidents:emergency_access"), {"reference": incident.reference, "reason": "x"}),
        ("helper", reverse("accounts:hand_over", args=[slip.pk]), {}),
    )
    for who, url, data in posts:
        log_in(client, cast[who])
        with time_machine.travel(timezone.now() + dt.timedelta(minutes=16)):
            Session.objects.filter(person=cast[who]).update(last_seen_at=timezone.now())
            assert to_confirm(client.post(url, data))
    assert Incident.objects.get().sealed
    slip.refresh_from_db()
    assert slip.handed_over_at is None
    done = (Event.LEDGER_EXPORTED, Event.INCIDENT_UNSEALED, Event.INCIDENT_GLASS_BROKEN)
    assert not LedgerEntry.objects.filter(event__in=done).exists()


def to_confirm(response: object) -> bool:
    return str(getattr(response, "headers", {}).get("Location", "")).startswith(reverse("accounts:confirm"))
