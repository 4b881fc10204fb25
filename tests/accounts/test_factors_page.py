"""One's own means of authentication: add, name, remove, step-up, password."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from secdesk.accounts import totp
from secdesk.accounts.models import CodeSheet, HardwareToken, Passkey, RecoveryCode, Session, TotpCredential
from secdesk.accounts.services.factors import remove_factor
from secdesk.accounts.services.token_import import import_tokens
from secdesk.accounts.services.tokens import assign_token
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.models import LedgerDetails, LedgerEntry
from secdesk.core.outbox.models import OutboxMessage
from secdesk.core.people.models import Person, RoleAssignment
from secdesk.core.people.roles import Role
from tests.accounts.test_passkeys import register
from tests.cast import PASSWORD
from tests.login import current_code, enrol, give_token, log_in

NEW = "oita-no-umi-to-yama-2026"


def is_open(client: Client) -> bool:
    return client.get("/factors/").status_code == 200


def current_step() -> int:
    return totp.step_at(timezone.now().timestamp())


# --- step-up ----------------------------------------------------------------------------------------


def test_old_session_confirms_once_and_comes_back(client: Client, cast: dict[str, Person]) -> None:
    start = dt.datetime(2026, 12, 1, 1, 0, tzinfo=dt.UTC)
    with time_machine.travel(start, tick=False) as clock:
        log_in(client, cast["clerk"])
        assert client.get("/factors/password/").status_code == 200
        clock.shift(14 * 60)
        client.get("/factors/")  # somebody works
        clock.shift(2 * 60)
        response = client.get("/factors/password/?x=1")
        assert response["Location"] == "/confirm/?next=%2Ffactors%2Fpassword%2F%3Fx%3D1"
        before = client.session.session_key
        wrong = client.post("/confirm/", {"method": "password", "proof": "wrong", "next": "/factors/password/?x=1"})
        assert wrong.status_code == 200
        assert "正しくありません" in wrong.content.decode()
        right = client.post("/confirm/", {"method": "password", "proof": PASSWORD, "next": "/factors/password/?x=1"})
        assert right["Location"] == "/factors/password/?x=1"
        assert client.session.session_key != before
        assert client.get("/factors/password/?x=1").status_code == 200


def test_confirming_by_code_and_by_passkey(client: Client, cast: dict[str, Person]) -> None:
    log_in(client, cast["clerk"])
    device = register(cast["clerk"], client=client)
    for proof in ("code", "passkey"):
        session = client.session
        session["factor_at"] = 0
        session.save()
        assert client.get("/factors/password/").status_code == 302
        if proof == "code":
            client.post("/confirm/", {"method": "totp", "proof": current_code(cast["clerk"])})
        else:
            asked = client.post("/confirm/passkey/options/").json()
            client.post("/confirm/passkey/", {"answer_json": device.but(counter=2).get(asked)})
        assert client.get("/factors/password/").status_code == 200, proof


def test_somebody_elses_passkey_confirms_nothing(client: Client, cast: dict[str, Person]) -> None:
    device = register(cast["colleague"])
    log_in(client, cast["clerk"])
    session = client.session
    session["factor_at"] = 0
    session.save()
    asked = client.post("/confirm/passkey/options/").json()
    response = client.post("/confirm/passkey/", {"answer_json": device.but(counter=2).get(asked), "next": "/factors/"})
    assert response["Location"] == "/confirm/?next=%2Ffactors%2F"
    assert client.get("/factors/password/").status_code == 302


def test_confirming_is_limited(client: Client, cast: dict[str, Person]) -> None:
    log_in(client, cast["clerk"])
    for _ in range(5):
        client.post("/confirm/", {"method": "password", "proof": "wrong"})
    assert client.post("/confirm/", {"method": "password", "proof": PASSWORD}).status_code == 200


# --- adding -------------------------------------------------------------------------------------------


def test_adding_an_app_by_its_page(client: Client, cast: dict[str, Person]) -> None:
    log_in(client, cast["clerk"])
    page = client.get("/factors/apps/add/").content.decode()
    assert "<svg" in page
    key = re.search(r'<p class="fixed strong">([A-Z2-7 ]+)</p>', page)
    assert key
    import base64

    secret = base64.b32decode(key[1].replace(" ", "") + "=" * (-len(key[1].replace(" ", "")) % 8))
    assert client.get("/factors/apps/add/").content.decode().count(key[1]) == 1  # a reload shows the same
    wrong = client.post("/factors/apps/add/", {"name": "phone", "code": "000000"})
    assert wrong.status_code == 200
    code = totp.code_at(secret, current_step())
    full_width = "".join(chr(ord(digit) + 0xFEE0) for digit in code)
    assert client.post("/factors/apps/add/", {"name": "phone", "code": full_width}).status_code == 302
    assert TotpCredential.objects.get(name="phone").secret() == secret
    assert is_open(client)


def test_an_app_is_no_choice_for_strong_roles(client: Client, cast: dict[str, Person]) -> None:
    log_in(client, cast["csirt"])
    assert client.get("/factors/apps/add/").status_code == 403
    assert "認証アプリ" not in client.get("/factors/").content.decode()


@pytest.mark.parametrize(("url", "model"), [("/factors/sheet/", CodeSheet), ("/factors/recovery-codes/", RecoveryCode)])
def test_codes_are_shown_until_they_are_on_paper(
    client: Client, cast: dict[str, Person], url: str, model: type[CodeSheet]
) -> None:
    log_in(client, cast["clerk"])
    assert client.post(url)["Location"] == "/factors/codes/"
    assert model.objects.filter(person=cast["clerk"]).exists()
    page = client.get("/factors/codes/").content.decode()
    assert len(re.findall(r'<b class="fixed">', page)) == (40 if model is CodeSheet else 10)
    client.get("/factors/codes/")
    client.post("/factors/codes/")
    assert client.get("/factors/codes/")["Location"] == "/factors/"


def test_a_few_sheet_codes_left_is_said(client: Client, cast: dict[str, Person]) -> None:
    log_in(client, cast["clerk"])
    client.post("/factors/sheet/")
    assert "残りが少なくなりました" not in client.get("/factors/").content.decode()
    from secdesk.accounts.models import SheetCode

    SheetCode.objects.filter(number__lte=32).update(used_at=timezone.now())
    assert "残りが少なくなりました" in client.get("/factors/").content.decode()


def test_guessing_the_numbers_of_ones_own_token_is_limited(client: Client, cast: dict[str, Person]) -> None:
    import_tokens(f"serial,secret\nS-7731,{bytes(20).hex()}\n", by=cast["office"])
    assign_token(HardwareToken.objects.get(), to=cast["clerk"], by=cast["office"])
    log_in(client, cast["clerk"])
    for _ in range(5):
        client.post("/factors/token/", {"code": "1"})
    page = client.post("/factors/token/", {"code": totp.code_at(bytes(20), current_step())})
    assert page.status_code == 200
    assert "5分待って" in page.content.decode()
    assert LedgerEntry.objects.filter(event=Event.LOGIN_FAILED).count() == 5


def test_token_of_the_office_is_made_ready_by_its_owner(client: Client, cast: dict[str, Person]) -> None:
    import_tokens(f"serial,secret\nS-7731,{bytes(20).hex()}\n", by=cast["office"])
    token = HardwareToken.objects.get()
    assign_token(token, to=cast["clerk"], by=cast["office"])
    log_in(client, cast["clerk"])
    assert "表示式トークンが割り当てられています" in client.get("/factors/").content.decode()
    assert client.post("/factors/token/", {"code": "1"}).status_code == 200
    code = totp.code_at(bytes(20), current_step())
    assert client.post("/factors/token/", {"code": code}).status_code == 302
    assert "S-7731" in client.get("/factors/").content.decode()


def test_role_ahead_is_announced(client: Client, cast: dict[str, Person]) -> None:
    day = timezone.localdate() + dt.timedelta(days=20)
    RoleAssignment.objects.create(person=cast["clerk"], role=Role.CSIRT, starts_on=day)
    log_in(client, cast["clerk"])
    assert "その日までに登録してください" in client.get("/factors/").content.decode()
    register(cast["clerk"], client=client)
    assert "その日までに登録してください" not in client.get("/factors/").content.decode()


# --- changes end other sessions -----------------------------------------------------------------------


def test_adding_ends_other_sessions_tells_the_owner_and_is_recorded(cast: dict[str, Person]) -> None:
    here, elsewhere = Client(), Client()
    log_in(here, cast["clerk"])
    log_in(elsewhere, cast["clerk"])
    cookie = elsewhere.cookies["device"].value
    OutboxMessage.objects.all().delete()
    before = here.session.session_key
    register(cast["clerk"], client=here)
    assert is_open(here)
    assert here.session.session_key != before
    assert not is_open(elsewhere)
    assert OutboxMessage.objects.get().person == cast["clerk"]
    assert LedgerEntry.objects.filter(event=Event.FACTOR_ADDED, actor=f"person:{cast['clerk'].pk}").exists()
    from secdesk.accounts import known_browsers

    clerk = Person.objects.get(pk=cast["clerk"].pk)
    assert not known_browsers.knows(cookie, clerk)
    assert known_browsers.knows(here.cookies["device"].value, clerk)


def test_removing_and_renaming(cast: dict[str, Person]) -> None:
    here, elsewhere = Client(), Client()
    log_in(here, cast["clerk"])
    register(cast["clerk"], client=here)
    log_in(elsewhere, cast["clerk"])
    passkey = Passkey.objects.get()
    here.post(f"/factors/passkeys/{passkey.pk}/", {"name": "bunch of keys", "act": "rename"})
    passkey.refresh_from_db()
    assert passkey.name == "bunch of keys"
    assert is_open(elsewhere)
    here.post(f"/factors/passkeys/{passkey.pk}/", {"act": "remove"})
    assert not Passkey.objects.exists()
    assert is_open(here)
    assert not is_open(elsewhere)
    assert LedgerEntry.objects.filter(event=Event.FACTOR_REMOVED).count() == 1


def test_the_last_means_stays(client: Client, cast: dict[str, Person]) -> None:
    log_in(client, cast["clerk"])
    app = TotpCredential.objects.get(person=cast["clerk"])
    client.post("/factors/recovery-codes/")  # they run out and don't count
    page = client.post(f"/factors/apps/{app.pk}/", {"act": "remove"}, follow=True).content.decode()
    assert "最後の認証手段です" in page
    assert TotpCredential.objects.filter(pk=app.pk).exists()


def test_an_app_does_not_count_for_a_strong_role(cast: dict[str, Person]) -> None:
    client = Client()
    log_in(client, cast["csirt"])
    register(cast["csirt"], client=client)
    app = enrol(cast["csirt"])
    for token in HardwareToken.objects.filter(person=cast["csirt"]):
        token.delete()
    with pytest.raises(ValidationError):
        remove_factor(Passkey.objects.get(), by=cast["csirt"])
    remove_factor(app, by=cast["csirt"])  # of no use any more


def test_nobody_reaches_anothers_factors(cast: dict[str, Person]) -> None:
    owner = Client()
    log_in(owner, cast["clerk"])
    register(cast["clerk"], client=owner)
    passkey = Passkey.objects.get()
    for who in ("colleague", "head", "admin", "office"):
        client = Client()
        log_in(client, cast[who])
        assert client.get(f"/factors/passkeys/{passkey.pk}/").status_code == 404
        assert client.post(f"/factors/passkeys/{passkey.pk}/", {"act": "remove"}).status_code == 404
    assert Passkey.objects.exists()


# --- password -----------------------------------------------------------------------------------------


def test_changing_the_password(cast: dict[str, Person]) -> None:
    here, elsewhere = Client(), Client()
    log_in(here, cast["clerk"])
    log_in(elsewhere, cast["clerk"])
    wrong = here.post("/factors/password/", {"old": "wrong", "new": NEW, "again": NEW})
    assert "今のパスワードと違います" in wrong.content.decode()
    assert here.post("/factors/password/", {"old": PASSWORD, "new": NEW, "again": NEW}).status_code == 302
    assert is_open(here)
    assert not is_open(elsewhere)
    log_in(here, Person.objects.get(pk=cast["clerk"].pk), password=NEW)
    assert LedgerEntry.objects.filter(event=Event.PASSWORD_CHANGED).count() == 1


@pytest.mark.parametrize("new", ["short", "password1234", "clerk@city.example.jp"])
def test_weak_passwords_are_refused(client: Client, cast: dict[str, Person], new: str) -> None:
    log_in(client, cast["clerk"])
    page = client.post("/factors/password/", {"old": PASSWORD, "new": new, "again": new})
    assert page.status_code == 200
    log_in(client, cast["clerk"])


# --- tokens of the office -----------------------------------------------------------------------------


def upload(client: Client, text: str) -> str:
    from django.core.files.uploadedfile import SimpleUploadedFile

    file = SimpleUploadedFile("seeds.csv", text.encode())
    return client.post("/tokens/import/", {"file": file, "key": "", "act": "look"}).content.decode()


def test_seed_file_is_looked_at_then_registered(client: Client, cast: dict[str, Person]) -> None:
    log_in(client, cast["office"])
    before = HardwareToken.objects.count()
    page = upload(client, "serial,secret\nX1,zz\n")
    assert "2行目" in page
    client.post("/tokens/import/", {"act": "register"})
    assert HardwareToken.objects.count() == before
    page = upload(client, f"serial,secret\nX1,{bytes(20).hex()}\nX2,{bytes(range(20)).hex()}\n")
    assert "2個のトークンを登録できます" in page
    assert bytes(20).hex() not in page
    assert HardwareToken.objects.count() == before
    assert client.post("/tokens/import/", {"act": "register"})["Location"] == "/tokens/"
    assert HardwareToken.objects.count() == before + 2
    assert "X1" in client.get("/tokens/").content.decode()
    assert client.post("/tokens/import/", {"act": "register"})["Location"] == "/tokens/import/"  # not twice


def test_token_goes_out_comes_back_and_is_retired(client: Client, cast: dict[str, Person]) -> None:
    log_in(client, cast["office"])
    upload(client, f"serial,secret\nX1,{bytes(20).hex()}\n")
    client.post("/tokens/import/", {"act": "register"})
    token = HardwareToken.objects.get(serial="X1")
    url = f"/tokens/{token.pk}/"
    assert client.post(url, {"act": "assign", "person": "nobody"}).status_code == 200
    for act, fields in (("assign", {"person": "clerk"}), ("return", {}), ("assign", {"person": "colleague"})):
        assert client.post(url, {"act": act, **fields}).status_code == 302
    token.refresh_from_db()
    assert token.person == cast["colleague"]
    codes = [totp.code_at(bytes(20), current_step() + ahead) for ahead in (70, 71)]
    assert client.post(url, {"act": "resync", "first": codes[1], "second": codes[0]}).status_code == 200
    assert client.post(url, {"act": "resync", "first": codes[0], "second": codes[1]}).status_code == 302
    assert client.post(url, {"act": "retire"}).status_code == 302
    assert "廃止しました" in client.get(url).content.decode()


def test_a_token_given_twice_is_refused(cast: dict[str, Person]) -> None:
    token = give_token(cast["csirt"])
    with pytest.raises(ValidationError):
        assign_token(token, to=cast["clerk"], by=cast["office"])


def test_a_large_upload_is_refused_and_never_on_disk(client: Client, cast: dict[str, Person]) -> None:
    import tempfile
    from pathlib import Path

    log_in(client, cast["office"])
    before = set(Path(tempfile.gettempdir()).glob("*.upload*"))
    page = upload(client, "serial,secret\n" + "x" * 3_000_000)
    assert "このフィールドは必須です" in page or "必須" in page
    assert set(Path(tempfile.gettempdir()).glob("*.upload*")) == before


# --- what must not be possible --------------------------------------------------------------------------


def test_a_code_lent_for_today_makes_no_lasting_way_in(client: Client, cast: dict[str, Person]) -> None:
    log_in(client, cast["clerk"])
    Session.objects.filter(person=cast["clerk"]).update(is_staff_only=True)
    assert "今日だけのコード" in client.get("/factors/").content.decode()
    for path in ("/factors/passkeys/add/", "/factors/apps/add/", "/factors/password/"):
        assert client.get(path).status_code == 403
    for path in ("/factors/passkeys/add/options/", "/factors/sheet/", "/factors/recovery-codes/"):
        assert client.post(path).status_code == 403
    assert not CodeSheet.objects.exists()


def test_names_given_by_people_stay_out_of_the_ledger(client: Client, cast: dict[str, Person]) -> None:
    log_in(client, cast["clerk"])
    register(cast["clerk"], client=client)
    passkey = Passkey.objects.get()
    client.post(f"/factors/passkeys/{passkey.pk}/", {"name": "canary-name", "act": "rename"})
    assert LedgerEntry.objects.filter(event=Event.FACTOR_RENAMED).count() == 1
    written = "".join(LedgerDetails.objects.values_list("content", flat=True))
    assert passkey.credential_id[:8] in written
    assert "canary-name" not in written
    assert "test key" not in written
