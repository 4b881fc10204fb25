"""From the slip to the first full session; nothing else opens on the way."""

from __future__ import annotations

import base64
import datetime as dt
import re
from collections.abc import Iterator

import pytest
import time_machine
from django.conf import LazySettings, settings
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from secdesk.accounts import totp
from secdesk.accounts.enrolment import enrolled
from secdesk.accounts.hashers import DeskArgon2Hasher
from secdesk.accounts.models import HardwareToken, Invitation, RecoveryCode
from secdesk.accounts.services import invitations
from secdesk.accounts.services.invitations import invite
from secdesk.accounts.services.tokens import retire_token
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.models import LedgerEntry
from secdesk.core.outbox.models import OutboxMessage
from secdesk.core.people.models import Person
from secdesk.core.people.roles import Role
from secdesk.core.people.services import assign_role
from tests.cast import make_person
from tests.login import enrol, give_token, log_in

NEW_PASSWORD = "hashiru-kaze-2026"
START = "/start/"
CODES = re.compile(r"<b class=\"fixed\">([A-Z2-9-]{13})</b>")


@pytest.fixture
def newcomer(cast: dict[str, Person]) -> Person:
    """A clerk of the branch without password, factor, mail and phone."""
    person = cast["not_enrolled"]
    person.email = ""
    person.save()
    return person


@pytest.fixture
def slip(newcomer: Person, cast: dict[str, Person]) -> Invitation:
    """A slip that the helper printed and handed over."""
    row = invite(newcomer, Invitation.Kind.SLIP, cast["helper"])
    invitations.hand_over([row], by=cast["helper"])
    return row


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(dt.datetime(2026, 12, 2, 1, 0, tzinfo=dt.UTC), tick=False) as traveller:
        yield traveller


def unregistered(person: Person) -> Person:
    """The person before registration."""
    person.set_unusable_password()
    person.save()
    return person


def type_code(client: Client, code: str) -> HttpResponse:
    return client.post(START, {"code": code})


def set_password(client: Client, **more: str) -> HttpResponse:
    return client.post("/start/password/", {"password": NEW_PASSWORD, "again": NEW_PASSWORD} | more)


def by_sheet(client: Client) -> HttpResponse:
    """Print a sheet and type its first code."""
    assert client.post("/start/sheet/print/")["Location"] == "/start/sheet/"
    codes = CODES.findall(client.get("/start/sheet/").content.decode())
    assert len(codes) == 40
    return client.post("/start/sheet/", {"code": codes[0]})


def is_in(client: Client) -> bool:
    return client.get("/devices/").status_code == 200


# --- the code ----------------------------------------------------------------------------------------


def test_code_is_typed_as_people_type(client: Client, slip: Invitation) -> None:
    assert re.fullmatch(r"(?:[A-HJ-NP-Z2-9]{4}-){3}[A-HJ-NP-Z2-9]{4}", slip.code)
    wide = "".join(chr(ord(ch) + 0xFEE0) if ch != "-" else " " for ch in slip.code.lower())
    for typed in (slip.code, slip.code.lower(), slip.code.replace("-", ""), f"  {slip.code.replace('-', ' ')} ", wide):
        assert type_code(Client(), typed)["Location"] == "/start/password/", typed


def test_slip_works_only_after_it_was_handed_over(client: Client, newcomer: Person, cast: dict[str, Person]) -> None:
    row = invite(newcomer, Invitation.Kind.SLIP, cast["helper"])
    assert type_code(client, row.code).status_code == 200
    invitations.hand_over([row], by=cast["helper"])
    assert type_code(client, row.code).status_code == 302


def test_reprinting_kills_the_older_slip(
    client: Client, slip: Invitation, newcomer: Person, cast: dict[str, Person]
) -> None:
    second = invite(newcomer, Invitation.Kind.SLIP, cast["helper"])
    invitations.hand_over([second], by=cast["helper"])
    assert type_code(client, slip.code).status_code == 200
    assert type_code(client, second.code).status_code == 302


def test_slip_lasts_21_days_and_a_mail_72_hours(
    client: Client, newcomer: Person, cast: dict[str, Person], clock: time_machine.Traveller
) -> None:
    slip = invite(newcomer, Invitation.Kind.SLIP, cast["helper"])
    invitations.hand_over([slip], by=cast["helper"])
    assert settings.SECDESK_SLIP_DAYS == 21
    clock.shift(dt.timedelta(days=21, seconds=-1))
    assert type_code(Client(), slip.code).status_code == 302
    clock.shift(dt.timedelta(seconds=1))
    assert type_code(Client(), slip.code).status_code == 200
    newcomer.email = "newcomer@city.example.jp"
    newcomer.save()
    mail = invite(newcomer, Invitation.Kind.MAIL, cast["helper"])
    clock.shift(dt.timedelta(hours=72, seconds=-1))
    assert type_code(Client(), mail.code).status_code == 302
    clock.shift(dt.timedelta(seconds=1))
    assert type_code(Client(), mail.code).status_code == 200


def test_the_database_does_not_know_the_code(slip: Invitation) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_invitation")
        seen = "|".join(str(cell) for row in cursor for cell in row)
    assert slip.code_hash in seen
    assert slip.code not in seen
    assert slip.code.replace("-", "") not in seen


def test_guessing_at_one_slip_is_stopped(client: Client, slip: Invitation) -> None:
    start = slip.code[:5]
    for _ in range(5):
        assert type_code(client, f"{start}AAAA-AAAA-AAAA").status_code == 200
    assert type_code(client, slip.code).status_code == 200  # now even the right one waits
    other = Client()
    assert type_code(other, "ZZZZ-AAAA-AAAA-AAAA").status_code == 200  # others are still looked at
    assert LedgerEntry.objects.filter(event=Event.INVITATION_REFUSED).count() == 6


def test_mail_holds_the_code_only_sealed(newcomer: Person, cast: dict[str, Person]) -> None:
    newcomer.email = "newcomer@city.example.jp"
    newcomer.save()
    row = invite(newcomer, Invitation.Kind.MAIL, cast["helper"])
    message = OutboxMessage.objects.get(person=newcomer)
    assert message.kind == "invitation"
    assert row.code not in str(message.context)
    assert row.code.encode() not in bytes(message.secret or b"")


@pytest.mark.parametrize("kind", Invitation.Kind)
def test_nobody_registered_can_be_invited_again(cast: dict[str, Person], kind: str) -> None:
    """Whoever lost the only factor, too: otherwise who retires a token could invite himself in the owner's name."""
    token = give_token(cast["head"])
    retire_token(token, by=cast["office"])
    for person in (cast["clerk"], cast["head"]):
        with pytest.raises(invitations.AlreadyEnrolled):
            invite(person, kind, cast["office"])


def test_registered_while_the_slip_was_being_made(
    newcomer: Person, cast: dict[str, Person], settings: LazySettings
) -> None:
    """The codes of a sheet take a second to compute; the owner completes another registration meanwhile."""
    settings.PASSWORD_HASHERS = [f"{__name__}.RegisteringHasher"]
    with pytest.raises(invitations.AlreadyEnrolled):
        invite(newcomer, Invitation.Kind.SLIP, cast["helper"], with_sheet=True)
    assert not Invitation.objects.exists()
    assert not newcomer.code_sheets.exists()


class RegisteringHasher(DeskArgon2Hasher):
    """While it computes, somebody sets a password."""

    def encode(self, password: str, salt: str) -> str:
        enrol(Person.objects.get(number="not_enrolled"))
        Person.objects.filter(number="not_enrolled").update(password="set-meanwhile")
        return str(super().encode(password, salt))


def test_registered_while_on_the_way(client: Client, slip: Invitation, newcomer: Person) -> None:
    type_code(client, slip.code)
    set_password(client)
    newcomer.set_password("the-owner-was-first-2026")
    newcomer.save()
    assert by_sheet(client)["Location"] == "/start/"
    newcomer.refresh_from_db()
    assert newcomer.check_password("the-owner-was-first-2026")
    assert not is_in(client)


def test_slip_does_not_survive_promotion(client: Client, slip: Invitation, newcomer: Person) -> None:
    on_the_way = Client()
    type_code(on_the_way, slip.code)
    set_password(on_the_way)
    secret = totp.new_secret()
    token = HardwareToken(serial="OATH-7731", name="")
    token.seal(secret)
    token.save()
    assign_role(newcomer, Role.CSIRT, by=None)
    assert type_code(client, slip.code).status_code == 200
    code = totp.code_at(secret, totp.step_at(timezone.now().timestamp()))
    assert on_the_way.post("/start/token/", {"serial": "OATH-7731", "code": code})["Location"] == "/start/"
    assert not is_in(on_the_way)
    assert not Person.objects.get(pk=newcomer.pk).has_usable_password()


@pytest.mark.parametrize(("days", "is_refused"), [(1, True), (21, True), (22, False)])
def test_no_slip_for_who_is_promoted_within_its_life(
    newcomer: Person, cast: dict[str, Person], clock: time_machine.Traveller, days: int, is_refused: bool
) -> None:
    assign_role(newcomer, Role.CSIRT, by=None, starts_on=timezone.localdate() + dt.timedelta(days=days))
    if is_refused:
        with pytest.raises(invitations.SlipsAreForStaff):
            invite(newcomer, Invitation.Kind.SLIP, cast["helper"])
    else:
        assert invite(newcomer, Invitation.Kind.SLIP, cast["helper"]).pk


@pytest.mark.parametrize("kind", [Invitation.Kind.SLIP, Invitation.Kind.MAIL])
def test_a_link_made_on_the_server_is_not_replaced(
    client: Client, cast: dict[str, Person], clock: time_machine.Traveller, kind: str
) -> None:
    admin = unregistered(cast["admin"])
    link = invite(admin, Invitation.Kind.LINK, None)
    with pytest.raises(invitations.LinkIsOpen):
        invite(admin, kind, cast["office"])
    assert type_code(client, link.code).status_code == 302
    log_in(client, cast["office"])
    assert "登録用のリンク" in client.post(f"/enrolment/person/{admin.pk}/mail/", follow=True).content.decode()
    clock.shift(dt.timedelta(hours=72))
    assert invite(admin, Invitation.Kind.MAIL, cast["office"]).pk


@pytest.mark.parametrize("name", ["head", "helper"])
def test_no_single_person_makes_the_account_of_head_or_helper(
    client: Client, newcomer: Person, cast: dict[str, Person], name: str
) -> None:
    owner = unregistered(cast[name])
    printer = make_person("helper9", "二人 目", cast["helper"].department, Role.HELPER)
    row = invite(owner, Invitation.Kind.SLIP, printer)
    log_in(client, printer)
    page = client.post(f"/enrolment/slip/{row.pk}/handed-over/", follow=True).content.decode()
    assert "渡し済み" in page
    assert "別の人" in page
    assert type_code(Client(), row.code).status_code == 200
    log_in(client, cast["office"])
    client.post(f"/enrolment/{owner.department.pk}/act/", {"act": "hand_over", "people": [owner.pk]})
    assert type_code(Client(), row.code).status_code == 302


def test_who_became_helper_needs_a_slip_of_two_people(
    client: Client, slip: Invitation, newcomer: Person, cast: dict[str, Person]
) -> None:
    assign_role(newcomer, Role.HELPER, by=None, department=newcomer.department)
    assert type_code(client, slip.code).status_code == 200


def test_slips_are_for_staff(cast: dict[str, Person]) -> None:
    for name in ("csirt", "office", "admin", "auditor", "privacy"):
        with pytest.raises(invitations.SlipsAreForStaff):
            invite(unregistered(cast[name]), Invitation.Kind.SLIP, cast["helper"])
    assert invite(unregistered(cast["head"]), Invitation.Kind.SLIP, cast["helper"]).pk


# --- the way -----------------------------------------------------------------------------------------


def test_clerk_registers_with_a_printed_sheet(client: Client, slip: Invitation, newcomer: Person) -> None:
    type_code(client, slip.code)
    set_password(client, shared="on")
    assert not is_in(client)
    assert not Person.objects.filter(enrolled(), pk=newcomer.pk).exists()
    assert by_sheet(client)["Location"] == "/start/recovery/"
    page = client.get("/start/recovery/").content.decode()
    assert page.count('class="fixed"') == RecoveryCode.objects.filter(person=newcomer).count() == 10
    client.post("/start/recovery/")
    assert client.get("/start/recovery/")["Location"] == "/"  # never again
    assert is_in(client)
    assert Person.objects.filter(enrolled(), pk=newcomer.pk).exists()
    newcomer.refresh_from_db()
    assert newcomer.check_password(NEW_PASSWORD)
    session = newcomer.sessions.get(ended_at=None)
    assert session.is_shared_pc
    assert LedgerEntry.objects.filter(event=Event.ENROLLED, target_id=newcomer.pk).count() == 1


def test_sheet_handed_over_with_the_slip(client: Client, newcomer: Person, cast: dict[str, Person]) -> None:
    row = invite(newcomer, Invitation.Kind.SLIP, cast["helper"], with_sheet=True)
    codes = invitations.sheet_codes(row)
    assert len(codes) == 40
    invitations.hand_over([row], by=cast["helper"])
    row.refresh_from_db()
    assert invitations.sheet_codes(row) == []
    type_code(client, row.code)
    set_password(client)
    assert client.post("/start/sheet/", {"code": "AAAA-AAAA-AAA"}).status_code == 200
    assert not is_in(client)
    assert client.post("/start/sheet/", {"code": codes[0].lower()})["Location"] == "/start/recovery/"
    assert is_in(client)


def test_a_sheet_left_by_an_unfinished_registration_opens_nothing(
    client: Client, slip: Invitation, newcomer: Person
) -> None:
    finder = Client()
    type_code(finder, slip.code)
    set_password(finder)
    finder.post("/start/sheet/print/")
    codes = CODES.findall(finder.get("/start/sheet/").content.decode())
    type_code(client, slip.code)
    set_password(client)
    client.get("/start/app/")
    secret = bytes.fromhex(client.session["enrolling"]["totp_secret"])
    client.post("/start/app/", {"code": totp.code_at(secret, totp.step_at(timezone.now().timestamp()))})
    assert is_in(client)
    finder.post("/login/", {"number": newcomer.number, "password": NEW_PASSWORD})
    finder.post("/login/second/", {"method": "sheet", "code": codes[0]})
    assert not is_in(finder)
    assert newcomer.totp_credentials.count() == 1


def test_app(client: Client, slip: Invitation, newcomer: Person) -> None:
    type_code(client, slip.code)
    set_password(client)
    page = client.get("/start/app/").content.decode()
    assert "<svg" in page
    text = re.search(r'id="secret">([A-Z2-7 ]+)<', page)
    assert text
    secret = base64.b32decode(text[1].replace(" ", ""))
    assert client.post("/start/app/", {"code": "000000"}).status_code == 200
    assert not is_in(client)
    code = totp.code_at(secret, totp.step_at(timezone.now().timestamp()))
    assert client.post("/start/app/", {"code": code})["Location"] == "/start/recovery/"
    assert is_in(client)


def test_token_by_serial(client: Client, slip: Invitation, newcomer: Person, cast: dict[str, Person]) -> None:
    secret = totp.new_secret()
    token = HardwareToken(serial="OATH-7731", name="")
    token.seal(secret)
    token.save()
    foreign = HardwareToken(serial="OATH-9999", person=cast["clerk"], assigned_at=timezone.now())
    foreign.seal(secret)
    foreign.save()
    type_code(client, slip.code)
    set_password(client)
    code = totp.code_at(secret, totp.step_at(timezone.now().timestamp()))
    assert client.post("/start/token/", {"serial": "OATH-9999", "code": code}).status_code == 200
    assert client.post("/start/token/", {"serial": "OATH-7731", "code": "000000"}).status_code == 200
    token.refresh_from_db()
    assert token.person is None  # a wrong number takes nothing
    assert client.post("/start/token/", {"serial": "oath-7731", "code": code}).status_code == 302
    assert is_in(client)


def test_guessing_the_numbers_of_a_token_is_limited(client: Client, slip: Invitation) -> None:
    secret = totp.new_secret()
    token = HardwareToken(serial="OATH-7731", name="")
    token.seal(secret)
    token.save()
    type_code(client, slip.code)
    set_password(client)
    for _ in range(5):
        client.post("/start/token/", {"serial": "OATH-7731", "code": "wrong"})
    code = totp.code_at(secret, totp.step_at(timezone.now().timestamp()))
    page = client.post("/start/token/", {"serial": " oath-7731", "code": code})
    assert page.status_code == 200
    assert "5分待って" in page.content.decode()
    assert not is_in(client)
    assert LedgerEntry.objects.filter(event=Event.LOGIN_FAILED, target_id=slip.person_id).count() == 5


def test_strong_roles_get_no_paper(client: Client, cast: dict[str, Person]) -> None:
    row = invite(unregistered(cast["admin"]), Invitation.Kind.LINK, None)
    type_code(client, row.code)
    set_password(client)
    page = client.get("/start/factor/").content.decode()
    assert "/start/token/" in page
    assert "/start/sheet/print/" not in page
    assert "/start/app/" not in page
    assert client.post("/start/sheet/print/").status_code == 403
    client.get("/start/app/")
    secret = bytes.fromhex(client.session["enrolling"]["totp_secret"])
    code = totp.code_at(secret, totp.step_at(timezone.now().timestamp()))
    assert client.post("/start/app/", {"code": code}).status_code == 200
    assert not is_in(client)
    assert not cast["admin"].totp_credentials.exists()


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_nothing_is_reachable_on_the_way(client: Client, slip: Invitation, steps: int) -> None:
    for step in (lambda: type_code(client, slip.code), lambda: set_password(client))[:steps]:
        assert step().status_code == 302
    for path in ("/", "/devices/", "/enrolment/", "/vouch/", "/start/recovery/", "/display/"):
        response = client.get(path)
        assert response.status_code in (302, 404), path
        assert response.status_code == 404 or response["Location"].startswith("/login/"), path
    assert client.get("/login/second/")["Location"] == "/login/"
    if steps < 2:
        for path in ("/start/factor/", "/start/app/", "/start/sheet/", "/start/token/"):
            assert client.get(path)["Location"] in ("/start/", "/start/password/")


def test_password_waits_until_the_factor_is_proven(client: Client, slip: Invitation, newcomer: Person) -> None:
    type_code(client, slip.code)
    set_password(client)
    newcomer.refresh_from_db()
    assert not newcomer.has_usable_password()
    other = Client()
    response = other.post("/login/", {"number": newcomer.number, "password": NEW_PASSWORD})
    assert response.status_code == 200


@pytest.mark.parametrize("password", ["short", "password1234", "123456789012345"])
def test_weak_passwords_are_refused_in_japanese(client: Client, slip: Invitation, password: str) -> None:
    type_code(client, slip.code)
    response = client.post("/start/password/", {"password": password, "again": password})
    assert response.status_code == 200
    assert re.search(r"パスワード[はがに].{2,60}(?:ください|ます|せん)", response.content.decode())
    assert client.get("/start/factor/")["Location"] == "/start/password/"


def test_code_works_once(client: Client, slip: Invitation) -> None:
    second = Client()
    type_code(client, slip.code)
    type_code(second, slip.code)
    set_password(client)
    set_password(second)
    by_sheet(client)
    assert is_in(client)
    assert second.get("/start/factor/")["Location"] == "/start/"
    assert type_code(Client(), slip.code).status_code == 200


def test_withdrawn_while_on_the_way(
    client: Client, slip: Invitation, newcomer: Person, cast: dict[str, Person]
) -> None:
    type_code(client, slip.code)
    set_password(client)
    invite(newcomer, Invitation.Kind.SLIP, cast["helper"])
    assert client.get("/start/factor/")["Location"] == "/start/"


# --- 登録状況 -------------------------------------------------------------------------------------------


def test_helper_prints_hands_over_and_counts(client: Client, newcomer: Person, cast: dict[str, Person]) -> None:
    for name in ("clerk", "colleague", "helper", "head"):
        enrol(cast[name])
    log_in(client, cast["helper"])
    section = cast["helper"].department
    url = f"/enrolment/{section.pk}/"
    assert f'action="{url}act/"' in client.get("/enrolment/").content.decode()
    assert client.post(f"{url}act/", {"act": "print", "people": [newcomer.pk]})["Location"] == f"{url}slips/"
    page = client.get(f"{url}slips/").content.decode()
    row = Invitation.objects.get(person=newcomer)
    assert row.code in page
    assert "未登録 花" in page
    assert type_code(Client(), row.code).status_code == 200
    client.post(f"{url}act/", {"act": "hand_over", "people": [newcomer.pk]})
    assert type_code(Client(), row.code).status_code == 302
    assert row.code not in client.get(f"{url}slips/").content.decode()
    assert "渡した・未登録" in client.get(url).content.decode()


def test_slips_print_in_the_order_of_the_roster(client: Client, cast: dict[str, Person]) -> None:
    names = [("ワタナベ", "w"), ("アベ", "a"), ("サトウ", "s")]
    people = [
        make_person(number, kana, cast["helper"].department, kana=kana, password=make_password(None))
        for kana, number in names
    ]
    for person in people:
        invite(person, Invitation.Kind.SLIP, cast["helper"])
    log_in(client, cast["helper"])
    page = client.get(f"/enrolment/{cast['helper'].department.pk}/slips/").content.decode()
    assert re.findall(r"<b>(アベ|サトウ|ワタナベ)</b>", page) == ["アベ", "サトウ", "ワタナベ"]


def test_other_sections_are_out_of_reach(client: Client, newcomer: Person, cast: dict[str, Person]) -> None:
    row = invite(newcomer, Invitation.Kind.SLIP, cast["helper"])
    section = cast["helper"].department
    log_in(client, cast["other_head"])
    assert "大南支所" not in client.get("/enrolment/").content.decode()
    assert client.get(f"/enrolment/{section.pk}/").status_code == 404
    assert client.post(f"/enrolment/{section.pk}/act/", {"act": "print", "people": [newcomer.pk]}).status_code == 404
    assert client.post(f"/enrolment/slip/{row.pk}/handed-over/").status_code == 404
    assert client.post(f"/enrolment/person/{newcomer.pk}/mail/").status_code == 404
    own = cast["other_head"].department
    client.post(f"/enrolment/{own.pk}/act/", {"act": "print", "people": [newcomer.pk]})
    row.refresh_from_db()
    assert row.withdrawn_at is None
    log_in(client, cast["clerk"])
    assert client.get("/enrolment/").status_code == 403


def test_office_sees_all_sections(client: Client, newcomer: Person, cast: dict[str, Person]) -> None:
    log_in(client, cast["admin"])
    page = client.get("/enrolment/").content.decode()
    for name in ("大南支所", "市民税課", "情報政策課"):
        assert name in page
