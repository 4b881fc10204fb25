"""The one way tests log in: through the real pages, with both factors."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from secdesk.accounts import totp
from secdesk.accounts.factor_rules import needs_strong_factor
from secdesk.accounts.models import HardwareToken, TotpCredential
from secdesk.accounts.services.token_import import import_tokens
from secdesk.accounts.services.tokens import activate_token, assign_token
from secdesk.accounts.services.totp_codes import enrol_totp
from secdesk.core.people.models import Person
from tests.cast import PASSWORD


def log_in(client: Client, person: Person, *, password: str = PASSWORD) -> None:
    """Log `person` in with password and second factor; enrols a factor when the person has none."""
    client.post(reverse("accounts:logout"))
    code = current_code(person)
    response = client.post(reverse("accounts:login"), {"number": person.number, "password": password})
    assert response.status_code == 302, response.content.decode()
    assert response["Location"] == reverse("accounts:second_factor")
    method = "token" if needs_strong_factor(_fresh(person)) else "totp"
    response = client.post(reverse("accounts:second_factor"), {"method": method, "code": code})
    assert response.status_code == 302, response.content.decode()
    assert "_auth_user_id" in client.session


def current_code(person: Person) -> str:
    """A code that works once more: tests log in more often than a step lasts, so the used step is forgotten.

    Of a hardware token for roles that need a strong factor, of an authenticator app for all others.
    """
    if needs_strong_factor(_fresh(person)):
        token = HardwareToken.objects.active_for(person).first() or give_token(person)
        HardwareToken.objects.filter(pk=token.pk).update(last_step=-1, drift=0)
        return totp.code_at(token.secret(), _step())
    credential = TotpCredential.objects.filter(person=person).first() or enrol(person)
    TotpCredential.objects.filter(pk=credential.pk).update(last_step=-1)
    return totp.code_at(credential.secret(), _step())


def enrol(person: Person) -> TotpCredential:
    """Give `person` an authenticator app."""
    secret = totp.new_secret()
    code = totp.code_at(secret, _step())
    with _same_epoch(person):
        return enrol_totp(person, secret=secret, code=code, name="test", by=person)


def give_token(person: Person) -> HardwareToken:
    """Import a hardware token, assign it and let `person` activate it."""
    serial, secret = f"T-{secrets.token_hex(4)}", secrets.token_bytes(20)
    import_tokens(f"serial,secret\n{serial},{secret.hex()}\n", by=person)
    token = HardwareToken.objects.get(serial=serial)
    with _same_epoch(person):
        assign_token(token, to=person, by=person)
        activate_token(token, code=totp.code_at(secret, _step()), by=person)
    return token


@contextmanager
def _same_epoch(person: Person) -> Iterator[None]:
    """A factor made for a test's convenience ends no session and no pending step."""
    epoch = _fresh(person).session_epoch
    yield
    Person.objects.filter(pk=person.pk).update(session_epoch=epoch)
    person.refresh_from_db(fields=["session_epoch"])


def _fresh(person: Person) -> Person:
    """Without roles remembered from before the test changed them."""
    return Person.objects.get(pk=person.pk)


def _step() -> int:
    return totp.step_at(timezone.now().timestamp())
