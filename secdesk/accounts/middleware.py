"""Judges each session before the access door does: idle, locked, expired, changed roles, shared PC."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.utils.cache import add_never_cache_headers, patch_cache_control

from secdesk.accounts import kept_forms, session_limits
from secdesk.accounts.decorators import ask_again
from secdesk.accounts.device_labels import device_label
from secdesk.accounts.models import Session
from secdesk.accounts.services.sessions import lock_session
from secdesk.accounts.sessions import SessionStore, hashed
from secdesk.core.people.models import Person

ROLES = "roles"  # in the session: the roles its person had when it began


def is_background(request: HttpRequest) -> bool:
    """Whether the page asked by itself: polling is no sign of a human being.

    htmx does not tell a poll from a click; what people really do in a page is told by
    static/js/keepalive.js, so that no GET of htmx needs to count.
    """
    if request.headers.get("X-Background") == "1":
        return True
    htmx = request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"
    return htmx and request.method in ("GET", "HEAD")


class SessionGuardMiddleware:
    """Stands before AccessMiddleware. A locked session has no `request.user`, only `request.locked_person`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            self._judge(request, request.user)
        response = self.get_response(request)
        if getattr(request, "session", None) is not None and request.session.accessed:
            self._finish(request, response)
        return response

    def _judge(self, request: HttpRequest, person: Person) -> None:
        store = _store(request)
        row, now = store.row, timezone.now()
        if row is None:
            return
        if store.get(ROLES, roles_text(person)) != roles_text(person):
            store.flush()
            request.user = AnonymousUser()
            return
        limit = session_limits.idle_limit(person, is_shared_pc=row.is_shared_pc)
        if row.locked_at is None and now - row.last_seen_at >= limit:
            lock_session(row)
        if row.locked_at is not None:
            request.locked_person = person  # type: ignore[attr-defined]
            request.user = AnonymousUser()
            return
        person.limited_to_staff = row.is_staff_only  # type: ignore[attr-defined]
        request.desk_session = row  # type: ignore[attr-defined]
        request.idle_seconds = int(limit.total_seconds())  # type: ignore[attr-defined]
        if not is_background(request) and now - row.last_seen_at >= session_limits.TOUCH_EVERY:
            Session.objects.filter(pk=row.pk).update(last_seen_at=now)
            row.last_seen_at = now

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Django's hook: where the session does not open the page, keep what was typed and ask for a factor."""
        access = getattr(view, "access", None)
        if access is None or access.kind in ("public", "pending"):
            return None
        if request.user.is_authenticated:
            token = request.GET.get(kept_forms.PARAMETER)
            request.kept = kept_forms.take(request.user, token) if token else None  # type: ignore[attr-defined]
            return None
        return self._ask(request)

    def _ask(self, request: HttpRequest) -> HttpResponse | None:
        is_locked = getattr(request, "locked_person", None) is not None
        if is_background(request):
            return HttpResponse(status=401)  # htmx leaves the page as it is; keepalive.js tells why
        if not is_locked and request.method != "POST":
            return None  # the access door asks for log-in
        token = kept_forms.save_late_form(request) if request.method == "POST" else None
        door = resolve_url("accounts:lock" if is_locked else "accounts:login")
        target = f"{door}?{urlencode({'next': kept_forms.address(request, token)})}"
        if request.headers.get("HX-Request") == "true":
            return HttpResponse(status=204, headers={"HX-Redirect": target})
        return redirect(target)

    def _finish(self, request: HttpRequest, response: HttpResponse) -> None:
        person = request.user
        if getattr(request, "locked_person", None) is not None or person.is_authenticated:
            add_never_cache_headers(response)
            patch_cache_control(response, no_store=True)
        if not person.is_authenticated:
            return
        store = _store(request)
        if ROLES not in store:
            store[ROLES] = roles_text(person)
        self._note(request, store)
        token = request.GET.get(kept_forms.PARAMETER)
        if token and request.method == "POST" and 300 <= response.status_code < 400:
            kept_forms.forget(person, token)

    def _note(self, request: HttpRequest, store: SessionStore) -> None:
        """Keep in the row whose forms these are, and what device it is."""
        if store.row is None or store.row.ended_at is not None:
            return
        secret = request.META.get("CSRF_COOKIE", "")
        noted = {
            "csrf_hash": hashed(secret) if secret else store.row.csrf_hash,
            "device": store.row.device or device_label(request.headers.get("User-Agent", "")),
        }
        if any(getattr(store.row, name) != value for name, value in noted.items()):
            Session.objects.filter(pk=store.row.pk).update(**noted)


class DangerousActMiddleware:
    """Asks for a factor before a view that core calls `dangerous`. Stands behind the access door and CSRF."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Django's hook: None lets the view answer."""
        return ask_again(request) if getattr(view, "is_dangerous", False) else None


def roles_text(person: Person) -> str:
    """The roles in force, as a session remembers them."""
    rows = sorted((row.role, row.department_id or 0) for row in person.current_roles)
    return " ".join(f"{role}:{department}" for role, department in rows)


def _store(request: HttpRequest) -> SessionStore:
    store = request.session
    assert isinstance(store, SessionStore)
    return store
