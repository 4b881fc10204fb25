"""Passkeys: what a right answer opens, and every wrong one that must open nothing (security.md A2)."""

from __future__ import annotations

import datetime as dt
import json

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from secdesk.accounts.enrolling import Enrolling
from secdesk.accounts.models import Attestation, Invitation, Passkey, Session
from secdesk.accounts.services import invitations
from secdesk.accounts.services.attestations import ask
from secdesk.accounts.services.enrolment import register_sheet
from secdesk.accounts.services.invitations import invite
from secdesk.accounts.services.sheets import issue_sheet
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.models import LedgerEntry
from secdesk.core.people.models import Person
from tests.authenticator import USER_PRESENT, USER_VERIFIED, Authenticator, altered
from tests.cast import PASSWORD
from tests.login import log_in

ORIGIN = "http://localhost:8000"


def options(client: Client, path: str = "/login/passkey/options/") -> dict[str, object]:
    response = client.post(path)
    assert response.status_code == 200
    return response.json()


def register(person: Person, device: Authenticator | None = None, client: Client | None = None) -> Authenticator:
    """Through the real pages, in a full session."""
    browser = client or Client()
    if client is None:
        log_in(browser, person)
    device = device or Authenticator(ORIGIN, "localhost", handle=person.handle.bytes)
    asked = options(browser, "/factors/passkeys/add/options/")
    response = browser.post("/factors/passkeys/add/", {"name": "test key", "answer_json": device.create(asked)})
    assert response.status_code == 302, response.content.decode()
    return device


def answer(client: Client, text: str, **fields: str) -> bool:
    """Post an answer; whether it opened a full session."""
    client.post("/login/passkey/", {"answer_json": text, **fields})
    return "_auth_user_id" in client.session


def test_a_passkey_is_both_factors(cast: dict[str, Person]) -> None:
    device = register(cast["csirt"])
    client = Client()
    before = client.session.session_key
    assert answer(client, device.but(counter=2).get(options(client)))
    assert client.session["_auth_user_id"] == str(cast["csirt"].pk)
    assert client.session["method"] == "passkey"
    assert client.session.session_key != before
    passkey = Passkey.objects.get()
    assert passkey.sign_count == 2
    assert passkey.last_used_at is not None


def test_options_ask_for_verification_and_name_nobody(cast: dict[str, Person]) -> None:
    register(cast["csirt"])
    asked = options(Client())
    assert asked["userVerification"] == "required"
    assert not asked.get("allowCredentials")
    assert asked["rpId"] == "localhost"


WRONG = {
    "origin": {"origin": "http://localhost.evil.example:8000"},
    "scheme": {"origin": "https://localhost:8000"},
    "port": {"origin": "http://localhost:8001"},
    "rp id": {"rp_id": "evil.example"},
    "no user verification": {"flags": USER_PRESENT},
    "nobody present": {"flags": USER_VERIFIED},
    "frame of another site": {"cross_origin": True},
    "counter stands": {"counter": 1},
    "counter back": {"counter": 0},
    "no owner named": {"handle": b""},
    "unknown credential": {"credential_id": b"0123456789abcdef"},
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_wrong_answers_open_nothing(cast: dict[str, Person], change: dict[str, object]) -> None:
    device = register(cast["csirt"]).but(counter=5).but(**change)
    Passkey.objects.update(sign_count=1)
    client = Client()
    assert not answer(client, device.get(options(client)))
    assert LedgerEntry.objects.filter(event=Event.LOGIN_FAILED).count() == 1


@pytest.mark.parametrize("part", ["signature", "authenticatorData", "clientDataJSON"])
def test_altered_answers_open_nothing(cast: dict[str, Person], part: str) -> None:
    device = register(cast["csirt"]).but(counter=2)
    client = Client()
    assert not answer(client, altered(device.get(options(client)), part))


def test_another_persons_passkey_does_not_open_yours(cast: dict[str, Person]) -> None:
    thief = register(cast["clerk"]).but(counter=2, handle=cast["csirt"].handle.bytes)
    client = Client()
    assert not answer(client, thief.get(options(client)))


def test_another_key_under_a_known_credential(cast: dict[str, Person]) -> None:
    device = register(cast["csirt"])
    forged = Authenticator(ORIGIN, "localhost", handle=device.handle, credential_id=device.credential_id, counter=9)
    client = Client()
    assert not answer(client, forged.get(options(client)))


def test_a_challenge_is_answered_once(cast: dict[str, Person]) -> None:
    device = register(cast["csirt"])
    client = Client()
    asked = options(client)
    kept = client.session["passkey-login"]
    assert answer(client, device.but(counter=2).get(asked))
    other = Client()
    options(other)
    session = other.session
    session["passkey-login"] = kept  # a browser that brings a used challenge along
    session.save()
    assert not answer(other, device.but(counter=3).get(asked))


def test_a_challenge_of_another_browser_is_refused(cast: dict[str, Person]) -> None:
    device = register(cast["csirt"]).but(counter=2)
    victim, thief = Client(), Client()
    text = device.get(options(victim))
    options(thief)
    assert not answer(thief, text)
    assert not answer(Client(), text)


def test_a_challenge_is_for_one_purpose(cast: dict[str, Person]) -> None:
    device = register(cast["csirt"])
    client = Client()
    log_in(client, cast["csirt"])
    asked = options(client, "/confirm/passkey/options/")
    stranger = Client()
    options(stranger)
    session = stranger.session
    session["passkey-login"] = asked["challenge"]
    session.save()
    assert not answer(stranger, device.but(counter=2).get(asked))


def test_a_challenge_grows_old(cast: dict[str, Person]) -> None:
    device = register(cast["csirt"]).but(counter=2)
    client = Client()
    start = dt.datetime.now(dt.UTC)
    asked = options(client)
    with time_machine.travel(start + dt.timedelta(seconds=301), tick=False):
        assert not answer(client, device.get(asked))


def test_guessing_at_a_credential_has_its_own_limit(cast: dict[str, Person]) -> None:
    device = register(cast["csirt"])
    for _ in range(5):
        client = Client()
        assert not answer(client, device.but(counter=9, flags=USER_PRESENT).get(options(client)))
    client = Client()
    assert not answer(client, device.but(counter=9).get(options(client)))  # in strangers' browsers: wait
    client = Client()
    log_in(client, cast["csirt"])  # the password is not blocked by it
    client.post("/logout/")
    assert answer(client, device.but(counter=9).get(options(client)))  # nor the passkey in the known browser


def test_strangers_at_the_password_do_not_block_the_passkey(cast: dict[str, Person]) -> None:
    device = register(cast["csirt"])
    for _ in range(10):
        Client().post("/login/", {"number": "csirt", "password": "wrong-wrong-wrong"})
    client = Client()
    assert answer(client, device.but(counter=2).get(options(client)))


@pytest.mark.parametrize("who", ["disabled", "left"])
def test_who_is_out_stays_out(cast: dict[str, Person], who: str) -> None:
    device = register(cast["csirt"]).but(counter=2)
    Passkey.objects.update(person=cast[who])
    client = Client()
    assert not answer(client, device.but(handle=cast[who].handle.bytes).get(options(client)))


@pytest.mark.parametrize(
    "text", ["", "{}", "null", "[]", '"x"', "{", '{"id":1}', json.dumps({"id": "é", "response": {}}), "9" * 30_000]
)
def test_rubbish_is_refused_in_good_order(cast: dict[str, Person], text: str) -> None:
    client = Client()
    options(client)
    assert not answer(client, text)
    page = client.get("/login/").content.decode()
    assert "パスキーを確かめられませんでした。" in page


def test_registration_refuses_wrong_answers(cast: dict[str, Person]) -> None:
    client = Client()
    log_in(client, cast["csirt"])
    good = Authenticator(ORIGIN, "localhost", handle=cast["csirt"].handle.bytes)
    for change in ({"origin": "http://evil.example"}, {"rp_id": "evil.example"}, {"flags": USER_PRESENT},
                   {"cross_origin": True}):  # fmt: skip
        asked = options(client, "/factors/passkeys/add/options/")
        page = client.post(
            "/factors/passkeys/add/", {"name": "x", "answer_json": good.but(**change).create(asked)}
        )  # fmt: skip
        assert page.status_code == 200
    assert not Passkey.objects.exists()
    asked = options(client, "/factors/passkeys/add/options/")
    text = good.create(asked)
    assert client.post("/factors/passkeys/add/", {"name": "x", "answer_json": text}).status_code == 302
    assert client.post("/factors/passkeys/add/", {"name": "x", "answer_json": text}).status_code == 200  # replayed
    assert Passkey.objects.count() == 1


def test_one_credential_belongs_to_one_person(cast: dict[str, Person]) -> None:
    device = register(cast["csirt"])
    client = Client()
    log_in(client, cast["clerk"])
    asked = options(client, "/factors/passkeys/add/options/")
    page = client.post("/factors/passkeys/add/", {"name": "x", "answer_json": device.create(asked)})
    assert page.status_code == 200
    assert Passkey.objects.get().person == cast["csirt"]


def test_next_and_shared_pc_are_kept(cast: dict[str, Person]) -> None:
    device = register(cast["csirt"]).but(counter=2)
    client = Client()
    text = device.get(options(client))
    response = client.post("/login/passkey/", {"answer_json": text, "next": "/devices/", "shared": "on"})
    assert response["Location"] == "/devices/"
    assert client.session["is_shared_pc"] is True


# --- at registration ------------------------------------------------------------------------------------


def test_registering_with_a_slip_and_a_passkey(cast: dict[str, Person]) -> None:
    person, client = cast["not_enrolled"], Client()
    slip = invite(person, Invitation.Kind.SLIP, cast["helper"])
    invitations.hand_over([slip], by=cast["helper"])
    client.post("/start/", {"code": slip.code})
    assert client.get("/start/passkey/")["Location"] == "/start/password/"  # the password comes first
    client.post("/start/password/", {"password": "hashiru-kaze-2026", "again": "hashiru-kaze-2026"})
    device = Authenticator(ORIGIN, "localhost", handle=person.handle.bytes)
    asked = options(client, "/start/passkey/options/")
    wrong = client.post("/start/passkey/", {"name": "PC", "answer_json": device.but(rp_id="x").create(asked)})
    assert wrong.status_code == 200
    assert not Passkey.objects.exists()
    asked = options(client, "/start/passkey/options/")
    client.post("/start/passkey/", {"name": "PC", "answer_json": device.create(asked)})
    assert client.get("/devices/").status_code == 200
    assert Person.objects.get(pk=person.pk).has_usable_password()
    other = Client()
    assert answer(other, device.but(counter=2).get(options(other)))


def test_nobody_registers_a_passkey_without_ground(cast: dict[str, Person]) -> None:
    client = Client()
    client.post("/login/", {"number": "clerk", "password": PASSWORD})
    assert client.post("/start/passkey/options/")["Location"] == "/start/"
    assert client.post("/start/passkey/", {"name": "x", "answer_json": "{}"})["Location"] == "/start/"


def test_a_stolen_passkey_dies_with_the_attested_loss(cast: dict[str, Person]) -> None:
    device = register(cast["clerk"])
    marker = Enrolling(cast["clerk"].pk, 0.0, attestation=_attested(cast).pk)
    code = issue_sheet(cast["clerk"], by=cast["clerk"])[1][0]
    register_sheet(marker, cast["clerk"], code)
    client = Client()
    assert not Passkey.objects.exists()
    assert not answer(client, device.but(counter=2).get(options(client)))


def _attested(cast: dict[str, Person]) -> Attestation:
    row = ask(cast["clerk"], Attestation.Kind.LOST, browser="b")
    helper = Client()
    log_in(helper, cast["helper"])
    helper.post(reverse("accounts:attest", args=[row.pk]))
    return row


# --- the lock -------------------------------------------------------------------------------------------


def locked(client: Client) -> str:
    """Lock the session; where it is sent."""
    Session.objects.filter(person__isnull=False).update(locked_at=timezone.now())
    return str(client.get("/devices/")["Location"])


def test_a_passkey_opens_a_locked_session(client: Client, cast: dict[str, Person]) -> None:
    log_in(client, cast["csirt"])
    device = register(cast["csirt"], client=client)
    assert locked(client) == "/lock/?next=%2Fdevices%2F"
    assert "パスキーで開く" in client.get("/lock/").content.decode()
    asked = options(client, "/lock/passkey/options/")
    response = client.post("/lock/passkey/", {"answer_json": device.but(counter=2).get(asked), "next": "/devices/"})
    assert response["Location"] == "/devices/"
    assert client.get("/devices/").status_code == 200


def test_somebody_elses_passkey_opens_no_locked_session(client: Client, cast: dict[str, Person]) -> None:
    device = register(cast["clerk"])
    log_in(client, cast["csirt"])
    locked(client)
    asked = options(client, "/lock/passkey/options/")
    client.post("/lock/passkey/", {"answer_json": device.but(counter=2).get(asked), "next": "/devices/"})
    assert client.get("/devices/").status_code == 302
