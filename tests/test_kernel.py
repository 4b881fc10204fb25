"""The kernel holds together."""

import pytest
from django.db import transaction

from secdesk.core.ledger.events import SENTENCES, Event
from secdesk.core.ledger.models import LedgerEntry
from secdesk.core.ledger.services import record
from secdesk.core.people.models import Person


def test_every_event_has_a_sentence() -> None:
    assert set(SENTENCES) == set(Event)


def test_record_belongs_to_a_transaction(transactional_db: None) -> None:
    with pytest.raises(RuntimeError):
        record(Event.LOGIN_FAILED, by=None)


def test_record_refuses_fields_the_target_does_not_allow(cast: dict[str, Person]) -> None:
    with transaction.atomic(), pytest.raises(ValueError, match="password"):
        record(Event.PERSON_CREATED, by=None, target=cast["clerk"], after={"password": "x"})
    assert not LedgerEntry.objects.exists()
