"""Writes of home: how a person wants pages shown."""

from __future__ import annotations

from django.db import transaction

from secdesk.core.ledger.events import Event
from secdesk.core.ledger.services import record
from secdesk.core.people.models import Person


def change_display(person: Person, *, by: Person, language: str, era: str) -> None:
    """Keep the person's language and calendar."""
    with transaction.atomic():
        Person.objects.filter(pk=person.pk).update(language=language, era=era)
        record(Event.DISPLAY_CHANGED, by=by, target=person, language=language, era=era)
    person.language, person.era = language, era
