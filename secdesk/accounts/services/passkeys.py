"""Passkeys: challenges, registration, log-in. A challenge is answered once, on every node."""

from __future__ import annotations

import datetime as dt
import hashlib
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from secdesk.accounts import known_browsers, webauthn
from secdesk.accounts.models import Passkey, PasskeyChallenge
from secdesk.accounts.models.factors import Method
from secdesk.accounts.services import limits
from secdesk.accounts.services.factors import factor_changed
from secdesk.accounts.webauthn import PasskeyRefused, Site
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.services import record
from secdesk.core.people.models import Person

LIFETIME = dt.timedelta(minutes=5)


def site() -> Site:
    """This desk, as passkeys know it."""
    parts = urlsplit(settings.SECDESK_URL)
    return Site(settings.SECDESK_RP_ID, f"{parts.scheme}://{parts.netloc}")


def give_challenge(purpose: str) -> bytes:
    """A new challenge for `purpose`, valid 5 minutes; the caller keeps it in the browser's session."""
    challenge = webauthn.new_challenge()
    now = timezone.now()
    PasskeyChallenge.objects.filter(expires_at__lt=now).delete()
    PasskeyChallenge.objects.create(value_hash=_hash(challenge), purpose=purpose, expires_at=now + LIFETIME)
    return challenge


def take_challenge(challenge: bytes, purpose: str) -> None:
    """Use a challenge up; raises PasskeyRefused when it was used, is too old or was given for something else."""
    rows = PasskeyChallenge.objects.filter(value_hash=_hash(challenge), purpose=purpose, expires_at__gte=timezone.now())
    if rows.delete()[0] != 1:
        raise PasskeyRefused("challenge used or unknown")


def register_passkey(person: Person, *, answer: str, challenge: bytes, name: str, by: Person) -> Passkey:
    """Keep a new passkey of `person`; raises PasskeyRefused. `challenge` must have been taken."""
    found = webauthn.check_registration(answer, challenge, site())
    passkey = Passkey(
        person=person,
        name=name,
        webauthn_id=found.webauthn_id,
        public_key=found.public_key,
        sign_count=found.sign_count,
        aaguid=found.aaguid,
        is_synced=found.is_synced,
        transports=found.transports,
    )
    try:
        with transaction.atomic():
            passkey.save()
            factor_changed(person)
            record(Event.FACTOR_ADDED, by=by, target=passkey, owner=person.pk, method=Method.PASSKEY.value)
    except IntegrityError as error:
        raise PasskeyRefused("registered already") from error
    return passkey


def person_of_assertion(answer: str, challenge: bytes, *, device_cookie: str = "") -> Person:
    """The person whose passkey made the answer; raises PasskeyRefused, TooManyAttempts.

    Has a limit of its own, by credential, so that no stranger without its id can block it.
    Call outside a transaction; `challenge` must have been taken.
    """
    claim = webauthn.claim_of(answer)
    passkey = Passkey.objects.filter(webauthn_id=claim.webauthn_id).select_related("person").first()
    person = passkey.person if passkey else None
    known = person is not None and known_browsers.knows(device_cookie, person)
    name = f"passkey:{claim.webauthn_id}"
    attempt = limits.take(name if person is not None else limits.unknown(name), known=known)
    if not attempt.allowed:
        limits.note_refused(attempt)
        raise limits.TooManyAttempts
    try:
        owner = _verified_owner(passkey, claim, answer, challenge)
    except PasskeyRefused:
        limits.record_failure(Event.LOGIN_FAILED, person, step=Method.PASSKEY.value)
        raise
    limits.give_back(attempt)
    return owner


def _verified_owner(passkey: Passkey | None, claim: webauthn.Claim, answer: str, challenge: bytes) -> Person:
    if passkey is None or not passkey.person.is_active:
        raise PasskeyRefused("unknown passkey or person not in service")
    if claim.user_handle != passkey.person.handle.bytes:
        raise PasskeyRefused("names another person than the owner")
    count = webauthn.check_assertion(
        answer, challenge, site(), public_key=passkey.public_key, sign_count=passkey.sign_count
    )
    rows = Passkey.objects.filter(pk=passkey.pk, sign_count=passkey.sign_count)
    if rows.update(sign_count=count, last_used_at=timezone.now()) != 1:
        raise PasskeyRefused("another answer of this device came first")
    return passkey.person


def _hash(challenge: bytes) -> str:
    return hashlib.sha256(challenge).hexdigest()
