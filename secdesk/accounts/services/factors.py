"""What every change of a person's factors brings with it."""

from __future__ import annotations

from django.db.models import F

from secdesk.core.people.models import Person


def end_other_sessions(person: Person) -> None:
    """Every session and known browser of `person` ends at its next request; inside the caller's transaction.

    The view of the owner's own change keeps its session with `entry.keep_session`.
    """
    Person.objects.filter(pk=person.pk).update(session_epoch=F("session_epoch") + 1)
    person.refresh_from_db(fields=["session_epoch"])
