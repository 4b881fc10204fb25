"""A canary in a sealed incident: mails, ledger, the reporter's own page. All pages are in test_canary.py."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from incidents.models import Incident
from incidents.services import life, sealing, work
from secdesk.core.ledger.models import LedgerDetails
from secdesk.core.outbox.models import OutboxMessage
from secdesk.core.people.models import Person
from tests.incidents.stories import CANARY, bring_to, report
from tests.login import log_in


@pytest.fixture
def sealed(cast: dict[str, Person]) -> Incident:
    """Open at first, worked on, then sealed with a team of one; canaries in every free text."""
    incident = report(cast["clerk"], what=f"{CANARY}さんの書類を渡した", phone=CANARY, reporter_name=CANARY)
    bring_to(incident, "handling", by=cast["csirt"])
    life.change_facts(
        incident, by=cast["csirt"], values={"title": f"{CANARY}の件", "owning_section": cast["head"].department}
    )
    work.log_line(incident, f"{CANARY}さんに電話した", by=cast["csirt"], happened_at=timezone.now())
    work.send_message(incident, f"{CANARY}さんの住所は", by=cast["csirt"], from_csirt=True)
    sealing.seal(incident, by=cast["csirt"])
    return incident


def test_no_mail_and_no_ledger_entry_holds_it(cast: dict[str, Person], sealed: Incident) -> None:
    sealing.break_glass(sealed.reference, by=cast["ciso"], reason=f"{CANARY}さんの安全のため")
    assert OutboxMessage.objects.exists()
    assert not OutboxMessage.objects.filter(context__icontains=CANARY).exists()
    assert LedgerDetails.objects.count() > 5
    assert not LedgerDetails.objects.filter(content__contains=CANARY).exists()


def test_mail_on_its_way_stops_when_the_seal_falls(cast: dict[str, Person], sealed: Incident) -> None:
    from secdesk.core.outbox.sending import target_for

    waiting = OutboxMessage.objects.filter(kind="incident_reported_head", person=cast["head"]).get()
    assert target_for(waiting) is None
    sealing.unseal(sealed, by=cast["csirt"])
    assert target_for(waiting) is not None


def test_the_reporter_keeps_their_own_page(client: Client, cast: dict[str, Person], sealed: Incident) -> None:
    log_in(client, cast["clerk"])
    html = client.get(reverse("incidents:my_report", args=[sealed.pk])).content.decode()
    assert f"{CANARY}さんの書類を渡した" in html
    assert f"{CANARY}さんの住所は" in html
    assert f"{CANARY}の件" not in html  # the title that CSIRT gave it
    assert f"{CANARY}さんに電話した" not in html
    assert client.get(sealed.get_absolute_url()).status_code == 404
