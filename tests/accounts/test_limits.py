"""Guessing is limited per account and kind of browser; strangers can't lock the owner out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from secdesk.accounts import known_browsers
from secdesk.accounts.models import AttemptBucket
from secdesk.accounts.services import invitations, limits
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.models import LedgerDetails, LedgerEntry
from secdesk.core.people.models import Person
from tests.authenticator import Authenticator
from tests.cast import PASSWORD
from tests.login import current_code, log_in

START = dt.datetime(2026, 12, 1, 0, 0, tzinfo=dt.UTC)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def guess(client: Client, number: str = "clerk", password: str = "wrong-wrong-wrong") -> int:
    return client.post("/login/", {"number": number, "password": password}).status_code


def test_five_in_five_minutes_then_even_the_right_one_is_refused(
    cast: dict[str, Person], clock: time_machine.Traveller
) -> None:
    stranger = Client()
    assert [guess(stranger) for _ in range(5)] == [200] * 5
    assert guess(stranger, password=PASSWORD) == 200
    clock.shift(301)
    assert guess(stranger, password=PASSWORD) == 302


def test_fifty_a_day(cast: dict[str, Person], clock: time_machine.Traveller) -> None:
    judged = 0
    for _ in range(60):
        judged += limits.take("clerk").allowed
        clock.shift(90)
    assert judged == 50
    clock.shift(86_400)
    assert limits.take("clerk").allowed


def test_password_and_code_share_one_bucket(cast: dict[str, Person], clock: time_machine.Traveller) -> None:
    thief = Client()
    current_code(cast["clerk"])
    assert guess(thief, password=PASSWORD) == 302
    for _ in range(5):
        thief.post("/login/second/", {"method": "totp", "code": "000000"})
    page = thief.post("/login/second/", {"method": "totp", "code": current_code(cast["clerk"])})
    assert "5分待って" in page.content.decode()
    assert "_auth_user_id" not in thief.session
    assert guess(Client(), password=PASSWORD) == 200


def test_right_entries_do_not_count(cast: dict[str, Person]) -> None:
    for _ in range(8):
        log_in(Client(), cast["clerk"])


def test_strangers_do_not_block_the_known_browser(cast: dict[str, Person]) -> None:
    owner = Client()
    log_in(owner, cast["clerk"])
    for _ in range(20):
        guess(Client())
    assert guess(Client(), password=PASSWORD) == 200
    log_in(owner, cast["clerk"])  # keeps the device cookie: logout only ends the session


def test_device_cookie_ends_with_the_password(cast: dict[str, Person]) -> None:
    clerk = cast["clerk"]
    cookie = known_browsers.remember("", clerk)
    assert known_browsers.knows(cookie, clerk)
    assert not known_browsers.knows(cookie, cast["colleague"])
    assert clerk.number not in cookie
    clerk.session_epoch += 1
    assert not known_browsers.knows(cookie, clerk)


def test_device_cookie_holds_the_people_of_a_shared_pc(cast: dict[str, Person]) -> None:
    cookie = ""
    people = [cast[name] for name in ("clerk", "colleague", "helper", "head")]
    for person in people * 3:
        cookie = known_browsers.remember(cookie, person)
    assert all(known_browsers.knows(cookie, person) for person in people)
    assert cookie.count(".") == 3


@pytest.mark.parametrize("cookie", ["", ".", "x", "%%%", "AAAA." * 99, "A" * 40, "あ"])
def test_broken_device_cookies_know_nobody(cast: dict[str, Person], cookie: str) -> None:
    assert not known_browsers.knows(cookie, cast["clerk"])


def test_forged_address_changes_nothing(cast: dict[str, Person]) -> None:
    for number in range(6):
        client = Client(headers={"x-forwarded-for": f"10.0.0.{number}"})
        assert guess(client, password=PASSWORD if number == 5 else "wrong") == 200
    assert "10.0.0." not in "".join(LedgerDetails.objects.values_list("content", flat=True))


def test_address_behind_our_own_proxy(cast: dict[str, Person], settings: object) -> None:
    settings.SECDESK_PROXY = ["127.0.0.1"]  # type: ignore[attr-defined]
    guess(Client(headers={"x-forwarded-for": "6.6.6.6, 10.0.0.9"}))
    content = LedgerDetails.objects.get().content
    assert "10.0.0.9" in content
    assert "6.6.6.6" not in content


def test_refused_attempts_do_not_flood_the_ledger(cast: dict[str, Person]) -> None:
    for _ in range(12):
        guess(Client())
    assert LedgerEntry.objects.filter(event=Event.LOGIN_FAILED).count() == 5
    assert [bucket.refused for bucket in AttemptBucket.objects.order_by("-refused")] == [7, 0]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small limits, so that a flood is short."""
    monkeypatch.setattr(limits, "ENTRIES", 3)
    monkeypatch.setitem(limits.unknown.__kwdefaults__, "slots", 4)
    monkeypatch.setattr(invitations, "SLOTS", 4)


def test_invented_names_fill_neither_the_ledger_nor_the_table(cast: dict[str, Person], few: None) -> None:
    for number in range(12):
        guess(Client(), f"nobody{number}")
        Client().post("/start/", {"code": f"{number:04d}-AAAA-AAAA-AAAA"})
    assert LedgerEntry.objects.filter(event=Event.LOGIN_FAILED).count() == 3
    assert LedgerEntry.objects.filter(event=Event.INVITATION_REFUSED).count() == 3
    assert AttemptBucket.objects.count() <= 4 + 4 + 2
    guess(Client())
    failed = LedgerEntry.objects.filter(event=Event.LOGIN_FAILED)
    assert failed.count() == 4  # what concerns a person is recorded all the same
    assert failed.latest("pk").target_id == cast["clerk"].pk


def test_invented_passkeys_fill_neither(cast: dict[str, Person], few: None) -> None:
    for _ in range(8):
        stranger = Client()
        device = Authenticator(settings.SECDESK_URL, settings.SECDESK_RP_ID, handle=cast["clerk"].handle.bytes)
        asked = stranger.post("/login/passkey/options/").json()
        assert stranger.post("/login/passkey/", {"answer_json": device.get(asked)})["Location"].startswith("/login/")
    assert LedgerEntry.objects.filter(event=Event.LOGIN_FAILED).count() == 3
    assert AttemptBucket.objects.count() <= 4 + 1


def test_nobody_reaches_another_accounts_bucket_by_its_name(cast: dict[str, Person]) -> None:
    for _ in range(6):
        guess(Client(), "token:S-1")
    assert limits.take("token:S-1").allowed


def test_counts_survive_a_roll_back(transactional_db: None) -> None:
    with pytest.raises(RuntimeError, match="durable"), limits.transaction.atomic():
        limits.take("clerk")


def test_sweep_forgets_old_buckets(db: None, clock: time_machine.Traveller) -> None:
    limits.take("old")
    clock.shift(86_401)
    limits.take("new")
    assert limits.sweep() == 1
