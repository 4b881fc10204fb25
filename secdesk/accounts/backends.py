"""Who a session belongs to. Passwords are checked in services, never by `authenticate()`."""

from __future__ import annotations

from secdesk.core.people.models import Person


class PersonBackend:
    """Loads the person of a full session; nobody who left or was disabled."""

    def authenticate(self, request: object, **credentials: object) -> None:
        """A password alone authenticates nobody."""

    def get_user(self, user_id: int) -> Person | None:
        """The person, when in service today."""
        person = Person.objects.filter(pk=user_id).first()
        return person if person is not None and person.is_active else None
