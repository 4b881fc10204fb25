"""Sessions: what the database knows of them, how long they last, what ends them."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from secdesk.accounts import session_limits
from secdesk.accounts.models import Session
from secdesk.accounts.services.sessions import end_all_sessions
from secdesk.core.people.models import Person, RoleAssignment
from secdesk.core.people.roles import Role
from tests.cast import PASSWORD
from tests.login import current_code, log_in

DEVICES = "/devices/"
MINUTE = dt.timedelta(minutes=1)
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0"


@pytest.fixture
def clock() -> time_machine.Traveller:
    """A clock that stands still at ten in the morning of a working day and can be moved."""
    with time_machine.travel(dt.datetime(2026, 12, 2, 1, 0, tzinfo=dt.UTC), tick=False) as traveller:
        yield traveller


def is_open(client: Client) -> bool:
    """Whether the session shows a page of its person."""
    response = client.get(DEVICES)
    assert response.status_code in (200, 302)
    return response.status_code == 200


def log_in_shared(client: Client, person: Person) -> None:
    client.post(reverse("accounts:login"), {"number": person.number, "password": PASSWORD, "shared": "on"})
    client.post(reverse("accounts:second_factor"), {"method": "totp", "code": current_code(person)})


def test_a_copy_of_the_database_opens_nothing(client: Client, cast: dict[str, Person]) -> None:
    log_in(client, cast["clerk"])
    key = client.cookies["session"].value
    assert is_open(client)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_session")
        seen = "|".join(
            bytes(cell).hex() if isinstance(cell, bytes | memoryview) else str(cell) for row in cursor for cell in row
        )
    assert seen
    assert key not in seen
    assert key.encode().hex() not in seen
    assert b"_auth_user_id".hex() not in seen
    thief = Client()
    thief.cookies["session"] = Session.objects.get(person=cast["clerk"]).key_hash
    assert not is_open(thief)


def test_key_changes_at_each_step(client: Client, cast: dict[str, Person]) -> None:
    seen = []
    client.post(reverse("accounts:login"), {"number": "clerk", "password": PASSWORD})
    seen.append(client.cookies["session"].value)
    client.post(reverse("accounts:second_factor"), {"method": "totp", "code": current_code(cast["clerk"])})
    seen.append(client.cookies["session"].value)
    assert len(set(seen)) == 2
    old = Client()
    old.cookies["session"] = seen[0]
    assert not is_open(old)


@pytest.mark.parametrize(
    ("name", "minutes"), [("clerk", 30), ("head", 30), ("csirt", 15), ("csirt_head", 15), ("admin", 15)]
)
def test_idle_limit_by_role(
    client: Client, cast: dict[str, Person], clock: time_machine.Traveller, name: str, minutes: int
) -> None:
    log_in(client, cast[name])
    clock.shift(minutes * MINUTE - dt.timedelta(seconds=1))
    assert is_open(client)
    clock.shift(minutes * MINUTE)
    response = client.get(DEVICES)
    assert response["Location"] == "/lock/?next=%2Fdevices%2F"
    assert Session.objects.get(person=cast[name], ended_at=None).locked_at is not None


def test_shared_pc_locks_early_and_keeps_no_cookie(
    client: Client, cast: dict[str, Person], clock: time_machine.Traveller
) -> None:
    log_in_shared(client, cast["clerk"])
    assert client.cookies["session"]["max-age"] == ""
    clock.shift(session_limits.IDLE_SHARED)
    assert not is_open(client)


def test_absolute_limit_ends_even_a_busy_session(
    client: Client, cast: dict[str, Person], clock: time_machine.Traveller
) -> None:
    log_in(client, cast["clerk"])
    for _ in range(12 * 3 - 1):
        clock.shift(20 * MINUTE)
        assert is_open(client)
    clock.shift(20 * MINUTE)
    assert client.get(DEVICES)["Location"].startswith("/login/")


@pytest.mark.parametrize("headers", [{"X-Background": "1"}, {"HX-Request": "true"}])
def test_polling_extends_nothing(
    client: Client, cast: dict[str, Person], clock: time_machine.Traveller, headers: dict[str, str]
) -> None:
    log_in(client, cast["clerk"])
    for _ in range(29):
        clock.shift(MINUTE)
        assert client.get(DEVICES, headers=headers).status_code == 200
    clock.shift(MINUTE)
    assert client.get(DEVICES, headers=headers).status_code == 401
    assert not is_open(client)


def test_typing_extends(client: Client, cast: dict[str, Person], clock: time_machine.Traveller) -> None:
    log_in(client, cast["clerk"])
    for _ in range(90):
        clock.shift(MINUTE)
        assert client.post(reverse("accounts:alive")).status_code == 204
    assert is_open(client)


def test_one_factor_opens_the_very_page(client: Client, cast: dict[str, Person], clock: time_machine.Traveller) -> None:
    log_in(client, cast["clerk"])
    key = client.cookies["session"].value
    clock.shift(31 * MINUTE)
    lock = client.get(f"{DEVICES}?page=2")["Location"]
    assert client.post(lock, {"method": "password", "proof": "wrong-password-1"}).status_code == 200
    assert not is_open(client)
    response = client.post(lock, {"method": "password", "proof": PASSWORD})
    assert response["Location"] == f"{DEVICES}?page=2"
    assert is_open(client)
    assert client.cookies["session"].value != key
    clock.shift(31 * MINUTE)
    assert not is_open(client)
    client.post(lock, {"method": "totp", "proof": current_code(cast["clerk"])})
    assert is_open(client)


def test_unlocking_does_not_move_the_absolute_limit(
    client: Client, cast: dict[str, Person], clock: time_machine.Traveller
) -> None:
    log_in(client, cast["clerk"])
    for _ in range(17):
        clock.shift(40 * MINUTE)
        client.post("/lock/", {"method": "password", "proof": PASSWORD})
        assert is_open(client)
    clock.shift(40 * MINUTE)
    assert client.get(DEVICES)["Location"].startswith("/login/")


def test_somebody_elses_password_does_not_unlock(
    client: Client, cast: dict[str, Person], clock: time_machine.Traveller
) -> None:
    log_in(client, cast["clerk"])
    cast["other_clerk"].set_password("another-password-9")
    cast["other_clerk"].save()
    clock.shift(31 * MINUTE)
    client.post("/lock/", {"method": "password", "proof": "another-password-9"})
    assert not is_open(client)


def test_a_locked_session_opens_no_url(client: Client, cast: dict[str, Person], clock: time_machine.Traveller) -> None:
    log_in(client, cast["clerk"])
    other = Session.objects.get(person=cast["clerk"], ended_at=None)
    clock.shift(31 * MINUTE)
    for method in ("get", "post", "head", "options", "put", "delete"):
        for url in (DEVICES, "/devices/end-others/", f"/devices/{other.pk}/end/", "/alive/"):
            assert getattr(client, method)(url).status_code in (302, 401), (method, url)


def test_log_out_ends_the_session_on_the_server(client: Client, cast: dict[str, Person]) -> None:
    log_in(client, cast["clerk"])
    thief = Client()
    thief.cookies["session"] = client.cookies["session"].value
    assert is_open(thief)
    response = client.post(reverse("accounts:logout"))
    assert response["Clear-Site-Data"] == '"cache", "storage"'
    assert not is_open(thief)


def test_disabling_ends_every_session(client: Client, cast: dict[str, Person]) -> None:
    log_in(client, cast["clerk"])
    second = Client()
    log_in(second, cast["clerk"])
    assert is_open(client)
    Person.objects.filter(pk=cast["clerk"].pk).update(disabled_at=timezone.now())
    assert not is_open(client)
    assert not is_open(second)


def test_a_new_or_ended_role_ends_every_session(client: Client, cast: dict[str, Person]) -> None:
    log_in(client, cast["clerk"])
    assert is_open(client)
    role = RoleAssignment.objects.create(
        person=cast["clerk"], role=Role.HELPER, department=cast["clerk"].department, starts_on=dt.date(2026, 4, 1)
    )
    assert not is_open(client)
    log_in(client, cast["clerk"])
    assert is_open(client)
    role.delete()
    assert not is_open(client)


def test_a_changed_password_or_epoch_ends_every_session(client: Client, cast: dict[str, Person]) -> None:
    log_in(client, cast["clerk"])
    end_all_sessions(cast["clerk"], by=cast["clerk"], reason="test")
    assert not is_open(client)
    log_in(client, cast["clerk"])
    cast["clerk"].set_password("a-new-password-77")
    cast["clerk"].save()
    assert not is_open(client)


def test_a_leaver_is_out_at_midnight_in_the_middle_of_a_session(client: Client, cast: dict[str, Person]) -> None:
    Person.objects.filter(pk=cast["clerk"].pk).update(ends_on=dt.date(2027, 3, 31))
    two_minutes_before = dt.datetime(2027, 3, 31, 14, 58, tzinfo=dt.UTC)  # 23:58 in Japan
    with time_machine.travel(two_minutes_before, tick=False) as traveller:
        log_in(client, cast["clerk"])
        assert is_open(client)
        traveller.shift(dt.timedelta(minutes=2))
        assert not is_open(client)


def test_list_names_the_devices_and_ends_one_or_all_others(client: Client, cast: dict[str, Person]) -> None:
    log_in(client, cast["clerk"])
    others = [Client(headers={"User-Agent": EDGE}) for _ in range(3)]
    for other in others:
        log_in(other, cast["clerk"])
    stranger = Client()
    log_in(stranger, cast["other_clerk"])
    page = client.get(DEVICES).content.decode()
    assert page.count("Edge, Windows</span>") == 3
    first = Session.objects.filter(person=cast["clerk"], ended_at=None, device="Edge, Windows").earliest("id")
    client.post(reverse("accounts:end_session", args=[first.pk]))
    assert [is_open(other) for other in others] == [False, True, True]
    theirs = Session.objects.get(person=cast["other_clerk"], ended_at=None)
    assert client.post(reverse("accounts:end_session", args=[theirs.pk])).status_code == 404
    client.post(reverse("accounts:end_other_sessions"))
    assert [is_open(other) for other in others] == [False, False, False]
    assert is_open(client)
    assert is_open(stranger)


def test_signed_in_pages_are_not_stored(client: Client, cast: dict[str, Person]) -> None:
    log_in(client, cast["clerk"])
    assert "no-store" in client.get(DEVICES)["Cache-Control"]
    assert "no-store" in client.get("/no-such-page/")["Cache-Control"]


def test_a_notice_to_one_person_is_not_shown_to_the_next_at_the_same_browser(
    client: Client, cast: dict[str, Person]
) -> None:
    notice = "選んだ表示に変えました"
    log_in(client, cast["clerk"])
    client.post(reverse("home:display"), {"language": "ja", "era": "japanese"})
    log_in(client, cast["colleague"])
    assert notice not in client.get("/").content.decode()
    client.post(reverse("home:display"), {"language": "ja", "era": "japanese"})
    assert notice in client.get("/").content.decode()
    assert notice not in client.get("/").content.decode()
