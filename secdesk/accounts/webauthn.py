"""Passkeys and security keys (W3C WebAuthn level 2): pure functions over py_webauthn, with one exception of our own.

Only discoverable credentials with user verification: the device asks for a PIN, finger or face, so that
possession and knowledge are proven together.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import Any

import webauthn
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, options_to_json_dict, parse_client_data_json
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

CHALLENGE_BYTES = 32
TIMEOUT_MS = 120_000


class PasskeyRefused(Exception):
    """The device's answer proves nothing; the reason is for the log, never for the page."""


@dataclass(frozen=True)
class Site:
    """Who asks: the name passkeys are bound to, and the address as browsers write it."""

    rp_id: str
    origin: str
    name: str = "secdesk"


@dataclass(frozen=True)
class Registered:
    """A new credential."""

    webauthn_id: str  # base64url
    public_key: str  # base64url of the COSE key
    sign_count: int
    aaguid: str
    is_synced: bool  # may be copied to the owner's other devices
    transports: list[str]


@dataclass(frozen=True)
class Claim:
    """Who an assertion says it is from; nothing is proven yet."""

    webauthn_id: str
    user_handle: bytes


def new_challenge() -> bytes:
    """32 random bytes."""
    return secrets.token_bytes(CHALLENGE_BYTES)


def registration_options(
    site: Site, challenge: bytes, *, handle: bytes, number: str, name: str, existing: list[str]
) -> dict[str, Any]:
    """What `navigator.credentials.create()` is asked; devices that hold one of `existing` refuse."""
    options = webauthn.generate_registration_options(
        rp_id=site.rp_id,
        rp_name=site.name,
        user_id=handle,
        user_name=number,
        user_display_name=name,
        challenge=challenge,
        timeout=TIMEOUT_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(value)) for value in existing],
    )
    return options_to_json_dict(options)


def assertion_options(site: Site, challenge: bytes) -> dict[str, Any]:
    """What `navigator.credentials.get()` is asked: any passkey of this site, user verified."""
    options = webauthn.generate_authentication_options(
        rp_id=site.rp_id,
        challenge=challenge,
        timeout=TIMEOUT_MS,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json_dict(options)


def check_registration(answer: str, challenge: bytes, site: Site) -> Registered:
    """The new credential in the browser's answer; raises PasskeyRefused."""
    try:
        data = _checked_frame(answer)
        found = webauthn.verify_registration_response(
            credential=data,
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except Exception as error:  # whatever a forged answer makes the parser raise is a refusal
        raise PasskeyRefused(str(error)) from error
    return Registered(
        bytes_to_base64url(found.credential_id),
        bytes_to_base64url(found.credential_public_key),
        found.sign_count,
        found.aaguid,
        found.credential_backed_up,
        [str(item)[:20] for item in data["response"].get("transports") or []][:6],
    )


def claim_of(answer: str) -> Claim:
    """Which credential and which person the answer names; raises PasskeyRefused."""
    try:
        data = json.loads(answer)
        handle = base64url_to_bytes(data["response"]["userHandle"])
        return Claim(bytes_to_base64url(base64url_to_bytes(data["id"])), handle)
    except Exception as error:
        raise PasskeyRefused(str(error)) from error


def check_assertion(answer: str, challenge: bytes, site: Site, *, public_key: str, sign_count: int) -> int:
    """The device's new counter; raises PasskeyRefused.

    Checked are type, challenge, origin, no foreign frame, rp id, presence, user verification,
    signature, and that the counter rose (devices that always say 0 keep none).
    """
    try:
        found = webauthn.verify_authentication_response(
            credential=_checked_frame(answer),
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            credential_public_key=base64url_to_bytes(public_key),
            credential_current_sign_count=sign_count,
            require_user_verification=True,
        )
    except Exception as error:
        raise PasskeyRefused(str(error)) from error
    return found.new_sign_count


def _checked_frame(answer: str) -> dict[str, Any]:
    """The answer as a dictionary; refuses one that was made inside a frame of another site."""
    data: dict[str, Any] = json.loads(answer)
    client = parse_client_data_json(base64url_to_bytes(data["response"]["clientDataJSON"]))
    if client.cross_origin:
        raise PasskeyRefused("made in a frame of another site")
    return data
