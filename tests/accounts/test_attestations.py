"""Forgotten today and lost: no way for one person alone."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from secdesk.accounts.models import Attestation, CodeSheet, Session, TotpCredential
from secdesk.accounts.permissions import AccountsPerm
from secdesk.accounts.services import attestations
from secdesk.core.access import holds
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.models import LedgerEntry
from secdesk.core.outbox.models import OutboxMessage
from secdesk.core.outbox.sending import compose
from secdesk.core.people.models import Person
from tests.cast import PASSWORD
from tests.login import current_code, enrol, log_in

NUMBER = re.compile(r'class="request-number">(\d\d-\d\d)<')
CODE = re.compile(r'class="request-number">([A-Z2-9]{4}-[A-Z2-9]{4})<')


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(dt.datetime(2026, 12, 2, 1, 0, tzinfo=dt.UTC), tick=False) as traveller:
        yield traveller


def pass_password(client: Client, person: Person) -> None:
    client.post("/login/", {"number": person.number, "password": PASSWORD})


def ask(client: Client, person: Person, kind: str) -> str:
    """Password, then the request; gives the number on the screen."""
    pass_password(client, person)
    assert client.post(f"/login/ask/{kind}/")["Location"] == f"/login/attested/{kind}/"
    found = NUMBER.search(client.get(f"/login/attested/{kind}/").content.decode())
    assert found
    return found[1]


def attest(by: Person) -> HttpResponse:
    """A colleague logs in, finds the newest request and presses 「本人です」; gives the page after it."""
    client = Client()
    log_in(client, by)
    row = Attestation.objects.latest("pk")
    client.post(reverse("accounts:attest", args=[row.pk]))
    return client.get("/vouch/")


def use(client: Client, code: str, kind: str = "forgotten") -> HttpResponse:
    return client.post(f"/login/attested/{kind}/", {"code": code})


def is_in(client: Client) -> bool:
    return client.get("/devices/").status_code == 200


# --- forgotten today -----------------------------------------------------------------------------------


def test_forgotten_today(client: Client, cast: dict[str, Person], clock: time_machine.Traveller) -> None:
    enrol(cast["clerk"])
    clock.move_to(dt.datetime(2026, 12, 2, 6, 0, tzinfo=dt.UTC))  # 15:00 in Japan
    number = ask(client, cast["clerk"], "forgotten")
    page = attest(cast["helper"])
    assert number in page.content.decode()
    code = CODE.search(page.content.decode())
    assert code
    assert not is_in(client)
    assert use(client, code[1].lower())["Location"] == "/"
    assert is_in(client)
    clock.move_to(dt.datetime(2026, 12, 2, 14, 59, tzinfo=dt.UTC))  # a minute to midnight in Japan
    client.post("/lock/", {"method": "password", "proof": PASSWORD})
    assert is_in(client)
    clock.shift(dt.timedelta(minutes=1))
    assert client.get("/devices/")["Location"].startswith("/login/")


def test_forgotten_today_gives_staff_permissions_only(client: Client, cast: dict[str, Person]) -> None:
    enrol(cast["helper"])
    log_in(client, cast["helper"])
    assert client.get("/enrolment/").status_code == 200  # what the helper may do otherwise
    client = Client()
    ask(client, cast["helper"], "forgotten")
    code = CODE.search(attest(cast["head"]).content.decode())
    assert code
    use(client, code[1])
    assert is_in(client)
    assert client.get("/enrolment/").status_code == 403
    assert client.get("/vouch/").status_code == 403
    assert Session.objects.get(person=cast["helper"], is_staff_only=True, ended_at=None).expires_at


def test_code_is_read_out_once_and_works_once(client: Client, cast: dict[str, Person]) -> None:
    ask(client, cast["clerk"], "forgotten")
    head = Client()
    log_in(head, cast["head"])
    head.post(reverse("accounts:attest", args=[Attestation.objects.get().pk]))
    code = CODE.search(head.get("/vouch/").content.decode())
    assert code
    assert not CODE.search(head.get("/vouch/").content.decode())
    use(client, code[1])
    client.post("/logout/")
    pass_password(client, cast["clerk"])
    assert use(client, code[1])["Location"] == "/login/second/"
    assert not is_in(client)


def test_code_works_in_the_asking_browser_only(client: Client, cast: dict[str, Person]) -> None:
    ask(client, cast["clerk"], "forgotten")
    code = CODE.search(attest(cast["helper"]).content.decode())
    assert code
    thief = Client()
    pass_password(thief, cast["clerk"])
    assert use(thief, code[1])["Location"] == "/login/second/"
    assert not is_in(thief)


def test_guessing_the_code_is_limited(client: Client, cast: dict[str, Person]) -> None:
    ask(client, cast["clerk"], "forgotten")
    code = CODE.search(attest(cast["helper"]).content.decode())
    assert code
    for _ in range(5):
        assert use(client, "AAAA-AAAA").status_code == 200
    assert use(client, code[1]).status_code == 200
    assert not is_in(client)


def test_five_times_a_month(client: Client, cast: dict[str, Person], clock: time_machine.Traveller) -> None:
    for _ in range(5):
        client = Client()
        ask(client, cast["clerk"], "forgotten")
        code = CODE.search(attest(cast["helper"]).content.decode())
        assert code
        use(client, code[1])
        assert is_in(client)
        clock.shift(dt.timedelta(days=1))
    pass_password(client := Client(), cast["clerk"])
    assert client.post("/login/ask/forgotten/")["Location"] == "/login/second/"
    clock.move_to(dt.datetime(2026, 12, 31, 15, 1, tzinfo=dt.UTC))  # January 1 in Japan
    ask(Client(), cast["clerk"], "forgotten")


@pytest.mark.parametrize("name", ["csirt", "csirt_head", "office", "auditor", "audit_head", "admin", "ciso", "privacy"])
def test_not_for_people_with_further_roles(client: Client, cast: dict[str, Person], name: str) -> None:
    pass_password(client, cast[name])
    assert "/login/ask/forgotten/" not in client.get("/login/second/").content.decode()
    assert client.post("/login/ask/forgotten/")["Location"] == "/login/second/"
    assert not Attestation.objects.exists()


@pytest.mark.parametrize("language", ["ja", "en"])
def test_owner_is_told_of_a_used_code(client: Client, cast: dict[str, Person], language: str) -> None:
    Person.objects.filter(pk=cast["clerk"].pk).update(language=language)
    ask(client, cast["clerk"], "forgotten")
    code = CODE.search(attest(cast["helper"]).content.decode())
    assert code
    use(client, "AAAA-AAAA")
    assert not OutboxMessage.objects.filter(kind="attestation_used").exists()
    use(client, code[1])
    message = OutboxMessage.objects.get(kind="attestation_used")
    assert message.person == cast["clerk"]
    subject = "Your account was opened" if language == "en" else "読み上げたコード"
    assert subject in compose(message, None).subject


def test_owner_is_told_of_a_refusal(client: Client, cast: dict[str, Person]) -> None:
    ask(client, cast["clerk"], "forgotten")
    attestations.refuse(Attestation.objects.get(), by=cast["head"])
    message = OutboxMessage.objects.get(kind="attestation_refused")
    assert message.person == cast["clerk"]
    assert "本人ではない" in compose(message, None).body


# --- who may vouch -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("helper", 302), ("head", 302), ("clerk", 404), ("colleague", 404), ("other_head", 404),
        ("office", 404), ("admin", 404), ("csirt_head", 404), ("bureau_head", 404), ("ciso", 404),
    ],
)  # fmt: skip
def test_who_may_vouch_for_a_clerk_who_forgot(cast: dict[str, Person], name: str, status: int) -> None:
    ask(Client(), cast["clerk"], "forgotten")
    row = Attestation.objects.get()
    client = Client()
    log_in(client, cast[name])
    assert client.post(reverse("accounts:attest", args=[row.pk])).status_code == status
    row.refresh_from_db()
    assert (row.confirmed_at is not None) == (status == 302)


def test_nobody_vouches_for_themselves(client: Client, cast: dict[str, Person]) -> None:
    log_in(client, cast["head"])
    assert holds(cast["head"], AccountsPerm.ATTEST)
    ask(Client(), cast["head"], "lost")
    row = Attestation.objects.get()
    assert client.post(reverse("accounts:attest", args=[row.pk])).status_code == 404
    with pytest.raises(PermissionDenied):
        attestations.attest(row, by=cast["head"])
    row.refresh_from_db()
    assert row.first_by is None


def test_asking_needs_the_password(client: Client, cast: dict[str, Person]) -> None:
    for path in ("/login/ask/lost/", "/login/ask/forgotten/"):
        assert client.post(path)["Location"] == "/login/"
    assert client.get("/login/attested/lost/")["Location"] == "/login/"
    assert not Attestation.objects.exists()


def test_refused_request_opens_nothing(client: Client, cast: dict[str, Person]) -> None:
    ask(client, cast["clerk"], "lost")
    head = Client()
    log_in(head, cast["head"])
    row = Attestation.objects.get()
    head.post(reverse("accounts:refuse_attestation", args=[row.pk]))
    head.post(reverse("accounts:attest", args=[row.pk]))
    assert client.post("/login/attested/lost/")["Location"] == "/login/second/"
    assert client.get("/start/factor/")["Location"] == "/start/"


# --- lost ----------------------------------------------------------------------------------------------


def new_sheet(client: Client) -> HttpResponse:
    assert client.post("/login/attested/lost/")["Location"] == "/start/factor/"
    client.post("/start/sheet/print/")
    codes = re.findall(r'class="fixed">([A-Z2-9-]{13})<', client.get("/start/sheet/").content.decode())
    return client.post("/start/sheet/", {"code": codes[0]})


def test_clerk_loses_the_phone(client: Client, cast: dict[str, Person]) -> None:
    other = Client()
    log_in(other, cast["clerk"])
    assert is_in(other)
    ask(client, cast["clerk"], "lost")
    assert client.get("/start/factor/")["Location"] == "/start/"  # not yet attested
    assert client.post("/login/attested/lost/").status_code == 200
    attest(cast["helper"])
    assert new_sheet(client)["Location"] == "/start/recovery/"
    assert is_in(client)
    assert not is_in(other)
    assert not TotpCredential.objects.filter(person=cast["clerk"]).exists()
    assert CodeSheet.objects.filter(person=cast["clerk"], ended_at=None).count() == 1
    assert OutboxMessage.objects.get(kind="factors_replaced").person == cast["clerk"]
    assert LedgerEntry.objects.filter(event=Event.FACTORS_REPLACED, target_id=cast["clerk"].pk).count() == 1
    cast["clerk"].refresh_from_db()
    assert cast["clerk"].check_password(PASSWORD)  # the password stays


def test_attested_loss_opens_only_the_asking_browser(client: Client, cast: dict[str, Person]) -> None:
    enrol(cast["clerk"])
    ask(client, cast["clerk"], "lost")
    attest(cast["helper"])
    thief = Client()
    pass_password(thief, cast["clerk"])
    assert thief.post("/login/attested/lost/")["Location"] == "/login/second/"
    assert thief.get("/start/factor/")["Location"] == "/start/"


def test_attested_loss_alone_logs_nobody_in(client: Client, cast: dict[str, Person]) -> None:
    enrol(cast["clerk"])
    ask(client, cast["clerk"], "lost")
    attest(cast["helper"])
    client.post("/login/attested/lost/")
    assert not is_in(client)
    assert TotpCredential.objects.filter(person=cast["clerk"]).exists()  # until the new means is proven


def test_further_roles_need_two_others(client: Client, cast: dict[str, Person]) -> None:
    enrol(cast["privacy"])
    ask(client, cast["privacy"], "lost")
    row = Attestation.objects.get()
    attest(cast["office"])
    attest(cast["office"])  # the same person twice is one
    row.refresh_from_db()
    assert row.first_by == cast["office"]
    assert row.confirmed_at is None
    assert client.post("/login/attested/lost/").status_code == 200
    attest(cast["helper"])  # no holder
    row.refresh_from_db()
    assert row.second_by is None
    attest(cast["admin"])
    row.refresh_from_db()
    assert row.second_by == cast["admin"]
    assert client.post("/login/attested/lost/")["Location"] == "/start/factor/"


def test_an_administrator_gets_in_through_two_others(client: Client, cast: dict[str, Person]) -> None:
    own = Client()
    log_in(own, cast["admin"])
    ask(client, cast["admin"], "lost")
    own.post(reverse("accounts:attest", args=[Attestation.objects.get().pk]))
    assert Attestation.objects.get().first_by is None
    attest(cast["admin2"])
    attest(cast["csirt_head"])
    assert client.post("/login/attested/lost/")["Location"] == "/start/factor/"
    page = client.get("/start/factor/").content.decode()
    assert "/start/sheet/print/" not in page
    assert "/start/token/" in page


def test_staff_without_helper_and_head_find_two_holders(client: Client, cast: dict[str, Person]) -> None:
    ask(client, cast["clerk"], "lost")
    attest(cast["office"])
    assert client.post("/login/attested/lost/").status_code == 200
    attest(cast["admin"])
    assert client.post("/login/attested/lost/")["Location"] == "/start/factor/"


def test_waiting_ends_after_half_an_hour(
    client: Client, cast: dict[str, Person], clock: time_machine.Traveller
) -> None:
    ask(client, cast["clerk"], "lost")
    clock.shift(dt.timedelta(minutes=30))
    head = Client()
    log_in(head, cast["head"])
    assert "今日だけ忘れた" not in head.get("/vouch/").content.decode()
    head.post(reverse("accounts:attest", args=[Attestation.objects.get().pk]))
    assert Attestation.objects.get().confirmed_at is None


def test_log_in_again_in_the_same_browser_keeps_the_request(
    client: Client, cast: dict[str, Person], clock: time_machine.Traveller
) -> None:
    ask(client, cast["clerk"], "lost")
    clock.shift(dt.timedelta(minutes=6))  # the step between the factors is over
    assert client.get("/login/attested/lost/")["Location"] == "/login/"
    attest(cast["helper"])
    pass_password(client, cast["clerk"])
    assert client.post("/login/attested/lost/")["Location"] == "/start/factor/"
    assert current_code(cast["clerk"])


def test_head_finds_the_request_at_home(client: Client, cast: dict[str, Person]) -> None:
    ask(client, cast["clerk"], "forgotten")
    for name, sees in (("head", True), ("helper", True), ("colleague", False), ("other_head", False)):
        log_in(other := Client(), cast[name])
        assert ("本人確認の依頼が1件あります" in other.get("/").content.decode()) == sees, name


def test_vouching_needs_a_factor_shown_within_15_minutes(
    client: Client, cast: dict[str, Person], clock: time_machine.Traveller
) -> None:
    log_in(head := Client(), cast["head"])
    clock.shift(dt.timedelta(minutes=16))
    ask(client, cast["clerk"], "lost")
    row = Attestation.objects.get()
    url = reverse("accounts:attest", args=[row.pk])
    assert head.post(url)["Location"].startswith("/confirm/")
    row.refresh_from_db()
    assert row.first_by is None
