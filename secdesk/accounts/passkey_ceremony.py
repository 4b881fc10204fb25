"""Passkey challenges between page and answer: kept in the browser's session, taken once."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from secdesk.accounts import webauthn
from secdesk.accounts.models import Passkey
from secdesk.accounts.services.passkeys import give_challenge, site, take_challenge
from secdesk.accounts.webauthn import PasskeyRefused
from secdesk.core.people.models import Person

LOGIN, CONFIRM, UNLOCK, REGISTER = "login", "confirm", "unlock", "register"


def assertion_options(request: HttpRequest, purpose: str) -> dict[str, Any]:
    """Options for `navigator.credentials.get()`."""
    return webauthn.assertion_options(site(), _new(request, purpose))


def registration_options(request: HttpRequest, person: Person) -> dict[str, Any]:
    """Options for `navigator.credentials.create()`."""
    existing = list(Passkey.objects.filter(person=person).values_list("webauthn_id", flat=True))
    return webauthn.registration_options(
        site(),
        _new(request, REGISTER),
        handle=person.handle.bytes,
        number=person.number,
        name=person.name,
        existing=existing,
    )


def challenge_of(request: HttpRequest, purpose: str) -> bytes:
    """The challenge this browser was given for `purpose`, used up now; raises PasskeyRefused."""
    value = request.session.pop(_key(purpose), None)
    if value is None:
        raise PasskeyRefused("no challenge was given to this browser")
    challenge = base64url_to_bytes(value)
    take_challenge(challenge, purpose)
    return challenge


def _new(request: HttpRequest, purpose: str) -> bytes:
    challenge = give_challenge(purpose)
    request.session[_key(purpose)] = bytes_to_base64url(challenge)
    return challenge


def _key(purpose: str) -> str:
    return f"passkey-{purpose}"
