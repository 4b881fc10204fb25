"""The way into a session (a law, docs/architecture.md §4): nothing calls `login()` but `enter`.

Between the two factors the browser holds only a pending marker: person id, time, how far the person's
log-ins had counted, and a hash that changes with the password. It lives 300 s.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth import login, update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from secdesk.accounts import known_browsers
from secdesk.accounts.models.factors import Method
from secdesk.accounts.services.second_factor import begin_login, logins_of
from secdesk.accounts.sessions import SHARED_PC, STAFF_ONLY
from secdesk.core.people.models import Person

PENDING_SECONDS = 300
RECENT_SECONDS = 15 * 60
_KEY = "pending"
_BACKEND = "secdesk.accounts.backends.PersonBackend"


@dataclass(frozen=True)
class Pending:
    """A passed first factor. It opens nothing but the second step."""

    person_id: int
    at: float  # seconds since 1970
    logins: int
    auth_hash: str
    next: str = ""
    shared: bool = False

    @property
    def minutes_left(self) -> int:
        """`seconds_left` in whole minutes, rounded up."""
        return -(-self.seconds_left // 60)

    @property
    def seconds_left(self) -> int:
        """How long the second step stays open."""
        return max(0, int(self.at + PENDING_SECONDS - timezone.now().timestamp()))


def begin(request: HttpRequest, person: Person, *, next_url: str = "", shared: bool = False) -> None:
    """Remember that the first factor passed, under a new session id."""
    marker = Pending(
        person.pk, timezone.now().timestamp(), logins_of(person), person.get_session_auth_hash(), next_url, shared
    )
    request.session.flush()
    request.session[_KEY] = asdict(marker)
    request.session.set_expiry(PENDING_SECONDS)


def pending(request: HttpRequest) -> tuple[Pending, Person] | None:
    """The marker and its person while both still hold; None otherwise."""
    raw: dict[str, Any] | None = request.session.get(_KEY)
    if raw is None:
        return None
    marker = Pending(**raw)
    person = Person.objects.filter(pk=marker.person_id).first()
    if (
        person is None
        or not person.is_active
        or marker.seconds_left == 0
        or marker.logins != logins_of(person)
        or not constant_time_compare(marker.auth_hash, person.get_session_auth_hash())
    ):
        return None
    return marker, person


def enter(
    request: HttpRequest,
    response: HttpResponse,
    person: Person,
    method: Method,
    marker: Pending | None = None,
    *,
    shared: bool = False,
) -> bool:
    """Open the full session: both factors have passed. False when a newer log-in was first.

    The session is flushed before `login()`: a second `login()` of the same person would keep its key.
    `response` gets the device cookie: from now on this browser counts as known to the account.
    """
    if not begin_login(person, method, expected_logins=marker.logins if marker else None):
        return False
    request.session.flush()
    login(request, person, backend=_BACKEND)
    request.session[SHARED_PC] = marker.shared if marker is not None else shared
    request.session[STAFF_ONLY] = method == Method.LENT
    request.session["method"] = method.value
    request.session["factor_at"] = timezone.now().timestamp()
    remember_device(request, response, person)
    return True


def keep_session(request: HttpRequest, response: HttpResponse, person: Person) -> None:
    """After the owner changed a factor or the password here: this session lives on under a new id, all others end."""
    request.session["factor_at"] = timezone.now().timestamp()
    update_session_auth_hash(request, person)
    remember_device(request, response, person)


def confirmed_recently(request: HttpRequest) -> bool:
    """Whether a factor was shown in this session within the last 15 minutes."""
    age = timezone.now().timestamp() - float(request.session.get("factor_at", 0))
    return 0 <= age <= RECENT_SECONDS


def confirm(request: HttpRequest) -> None:
    """A factor was shown again in this session: a new session id, and 15 minutes more."""
    request.session.cycle_key()
    request.session["factor_at"] = timezone.now().timestamp()


def device_cookie(request: HttpRequest) -> str:
    """The device cookie as sent; see known_browsers.py."""
    return request.COOKIES.get(settings.SECDESK_DEVICE_COOKIE, "")


def remember_device(request: HttpRequest, response: HttpResponse, person: Person) -> None:
    """Mark this browser as known to the person."""
    response.set_cookie(
        settings.SECDESK_DEVICE_COOKIE,
        known_browsers.remember(device_cookie(request), person),
        max_age=known_browsers.MAX_DAYS * 86_400,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
