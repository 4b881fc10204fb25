"""The request as views behind the door know it, for type checking."""

from __future__ import annotations

from django.http import HttpRequest

from secdesk.accounts.models import Session
from secdesk.accounts.sessions import SessionStore
from secdesk.core.people.models import Person


class DeskRequest(HttpRequest):
    """What SessionGuardMiddleware has put on the request of a full session."""

    user: Person
    session: SessionStore
    desk_session: Session
    idle_seconds: int
