"""Log-in: both factors through the real pages."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from secdesk.accounts.models import TotpCredential
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.models import LedgerEntry
from secdesk.core.people.models import Person
from tests.cast import PASSWORD
from tests.login import current_code, enrol, log_in

LOGIN = "/login/"
SECOND = "/login/second/"


def pass_password(client: Client, person: Person) -> None:
    if not TotpCredential.objects.filter(person=person).exists():
        enrol(person)  # first: adding a factor would end the pending step
    response = client.post(LOGIN, {"number": person.number, "password": PASSWORD})
    assert response["Location"] == SECOND


def test_both_factors_log_in_and_are_recorded(client: Client, cast: dict[str, Person]) -> None:
    log_in(client, cast["clerk"])
    log_in(client, cast["clerk"])  # several times in one test
    assert client.session["_auth_user_id"] == str(cast["clerk"].pk)
    assert LedgerEntry.objects.filter(event=Event.LOGGED_IN, actor=f"person:{cast['clerk'].pk}").count() == 2


def test_password_alone_opens_no_session(client: Client, cast: dict[str, Person]) -> None:
    pass_password(client, cast["clerk"])
    assert "_auth_user_id" not in client.session
    assert not LedgerEntry.objects.filter(event=Event.LOGGED_IN).exists()


@pytest.mark.parametrize(
    ("number", "password"),
    [("clerk", "wrong-password-1"), ("nobody", PASSWORD), ("disabled", PASSWORD), ("left", PASSWORD)],
)
def test_refusals_look_alike(client: Client, cast: dict[str, Person], number: str, password: str) -> None:
    response = client.post(LOGIN, {"number": number, "password": password})
    wrong = client.post(LOGIN, {"number": number, "password": "another-wrong-one"})
    assert response.status_code == 200
    text = response.content.decode()
    assert "職員番号またはパスワードが正しくありません。5分間に5回" in text
    assert len(text) == len(wrong.content.decode())
    assert LedgerEntry.objects.filter(event=Event.LOGIN_FAILED).count() == 2


def test_second_step_needs_the_first(client: Client, cast: dict[str, Person]) -> None:
    response = client.post(SECOND, {"method": "totp", "code": current_code(cast["clerk"])})
    assert response["Location"] == LOGIN
    assert "_auth_user_id" not in client.session


def test_pending_step_ends_after_300_seconds(client: Client, cast: dict[str, Person]) -> None:
    start = dt.datetime(2026, 12, 1, 0, 0, tzinfo=dt.UTC)
    with time_machine.travel(start, tick=False):
        pass_password(client, cast["clerk"])
    with time_machine.travel(start + dt.timedelta(seconds=301), tick=False):
        response = client.post(SECOND, {"method": "totp", "code": current_code(cast["clerk"])})
        assert response["Location"] == LOGIN


def test_pending_step_dies_at_a_newer_login(cast: dict[str, Person]) -> None:
    thief, owner = Client(), Client()
    pass_password(thief, cast["clerk"])
    log_in(owner, cast["clerk"])
    response = thief.post(SECOND, {"method": "totp", "code": current_code(cast["clerk"])})
    assert response["Location"] == LOGIN
    assert "_auth_user_id" not in thief.session


def test_a_code_works_once(cast: dict[str, Person]) -> None:
    first, second = Client(), Client()
    code = current_code(cast["clerk"])
    for browser in (first, second):
        pass_password(browser, cast["clerk"])
        response = browser.post(SECOND, {"method": "totp", "code": code})
    assert "_auth_user_id" in first.session
    assert response.status_code == 200
    assert "_auth_user_id" not in second.session


def test_session_id_changes_at_each_step(client: Client, cast: dict[str, Person]) -> None:
    client.get(LOGIN)
    keys = [client.session.session_key]
    pass_password(client, cast["clerk"])
    keys.append(client.session.session_key)
    client.post(SECOND, {"method": "totp", "code": current_code(cast["clerk"])})
    keys.append(client.session.session_key)
    client.post("/logout/")
    keys.append(client.session.session_key)
    assert len(set(keys)) == 4
    assert "_auth_user_id" not in client.session


def test_logout_needs_post(client: Client, cast: dict[str, Person]) -> None:
    log_in(client, cast["clerk"])
    assert client.get("/logout/").status_code == 405
    assert "_auth_user_id" in client.session
    client.post("/logout/")
    assert LedgerEntry.objects.filter(event=Event.LOGGED_OUT).count() == 1


def test_secret_is_sealed_to_its_credential(cast: dict[str, Person]) -> None:
    current_code(cast["clerk"])
    current_code(cast["head"])
    one, other = TotpCredential.objects.all()
    secret = one.secret()
    assert secret not in bytes(one.sealed_secret)
    one.sealed_secret = other.sealed_secret
    with pytest.raises(Exception, match="does not fit"):
        one.secret()


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "foo", "login"])
def test_next_stays_here(client: Client, cast: dict[str, Person], target: str) -> None:
    code = current_code(cast["clerk"])
    client.post(LOGIN, {"number": "clerk", "password": PASSWORD, "next": target})
    response = client.post(SECOND, {"method": "totp", "code": code})
    assert response["Location"] == "/"


def test_language_by_person_then_cookie_then_japanese(client: Client, cast: dict[str, Person]) -> None:
    assert 'lang="ja"' in client.get(LOGIN, headers={"accept-language": "en"}).content.decode()
    client.cookies["language"] = "en"
    page = client.get(LOGIN).content.decode()
    assert 'lang="en"' in page
    assert "If this may be an incident" in page


def test_first_steps_before_login(client: Client, db: None) -> None:
    page = client.get(reverse("accounts:login")).content.decode()
    assert "LANケーブルを抜く" in page
