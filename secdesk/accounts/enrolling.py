"""The way from a slip, a mail, a link or an attested loss to the first full session.

The browser holds a marker of its own: it opens the steps of registration and nothing else. The new
password waits in it as a hash, and is written together with the proven factor, all or nothing.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from secdesk.accounts.models import Attestation, Invitation
from secdesk.core.people.models import Person

SECONDS = 3600
_KEY = "enrolling"


@dataclass(frozen=True)
class Enrolling:
    """Where a registration stands. Exactly one of `invitation` and `attestation` is its ground."""

    person_id: int
    at: float  # seconds since 1970
    invitation: int | None = None
    attestation: int | None = None
    password_hash: str = ""
    shared: bool = False
    totp_secret: str = ""  # hexadecimal, until its first code was typed
    sheet: list[str] = field(default_factory=list)  # codes to print, until one of them was typed
    sheet_on_slip: bool = False

    @property
    def needs_password(self) -> bool:
        """Whether a password must be set first; after a loss the old one stays."""
        return self.invitation is not None and not self.password_hash


def begin(request: HttpRequest, person: Person, **ground: Any) -> None:
    """Start under a new session id."""
    request.session.flush()
    _keep(request, Enrolling(person.pk, timezone.now().timestamp(), **ground))
    request.session.set_expiry(SECONDS)


def change(request: HttpRequest, marker: Enrolling, **values: Any) -> Enrolling:
    """Keep a step's result."""
    marker = replace(marker, **values)
    _keep(request, marker)
    return marker


def current(request: HttpRequest) -> tuple[Enrolling, Person] | None:
    """The marker and its person while its ground still holds; None otherwise."""
    raw: dict[str, Any] | None = request.session.get(_KEY)
    if raw is None:
        return None
    marker = Enrolling(**raw)
    person = Person.objects.filter(pk=marker.person_id).first()
    too_late = timezone.now().timestamp() > marker.at + SECONDS
    if person is None or not person.is_active or too_late or not _ground_holds(marker):
        return None
    return marker, person


def _ground_holds(marker: Enrolling) -> bool:
    if marker.invitation is not None:
        return Invitation.objects.usable().filter(pk=marker.invitation, person=marker.person_id).exists()
    rows = Attestation.objects.confirmed().filter(kind=Attestation.Kind.LOST)
    return rows.filter(pk=marker.attestation or 0, person=marker.person_id).exists()


def _keep(request: HttpRequest, marker: Enrolling) -> None:
    request.session[_KEY] = asdict(marker)
