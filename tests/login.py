"""The one way tests log in: through the real pages, with both factors."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from secdesk.accounts import totp
from secdesk.accounts.models import TotpCredential
from secdesk.accounts.services.totp_codes import enrol_totp
from secdesk.core.people.models import Person
from tests.cast import PASSWORD


def log_in(client: Client, person: Person, *, password: str = PASSWORD) -> None:
    """Log `person` in with password and second factor; enrols a factor when the person has none."""
    client.post(reverse("accounts:logout"))
    response = client.post(reverse("accounts:login"), {"number": person.number, "password": password})
    assert response.status_code == 302, response.content.decode()
    assert response["Location"] == reverse("accounts:second_factor")
    response = client.post(reverse("accounts:second_factor"), {"method": "totp", "code": current_code(person)})
    assert response.status_code == 302, response.content.decode()
    assert "_auth_user_id" in client.session


def current_code(person: Person) -> str:
    """A code that works once more: tests log in more often than a step lasts, so the used step is forgotten."""
    credential = TotpCredential.objects.filter(person=person).first() or enrol(person)
    TotpCredential.objects.filter(pk=credential.pk).update(last_step=-1)
    return totp.code_at(credential.secret(), _step())


def enrol(person: Person) -> TotpCredential:
    """Give `person` an authenticator app."""
    secret = totp.new_secret()
    code = totp.code_at(secret, _step())
    return enrol_totp(person, secret=secret, code=code, name="test", by=person)


def _step() -> int:
    return totp.step_at(timezone.now().timestamp())
