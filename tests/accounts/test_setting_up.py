"""setup_desk and recover: two administrators, two halves, one entry that cannot be skipped."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.test import Client

from secdesk.accounts.models import Invitation, Passkey, TotpCredential
from secdesk.core.desk import identity
from secdesk.core.desk.models import Desk
from secdesk.core.desk.safety import UnsafeDesk, refuse_unsafe
from secdesk.core.desk.start import start
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.models import LedgerDetails, LedgerEntry
from secdesk.core.people.models import Person, RoleAssignment
from secdesk.core.people.roles import Role

ARGUMENTS = (
    "--organisation", "大分市", "--contact", "情報政策課", "--phone", "庁内から|内線 5566|24時間",
    "--admin", "a001:工藤 大輔:kudo@city.example.jp", "--admin", "a002:小野 真理",
)  # fmt: skip


def run(command: str, *arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command(command, *arguments, "--json", stdout=out)
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


def halves(setup: dict[str, Any], folder: Path) -> list[str]:
    options = []
    for number, half in enumerate(setup["halves"]):
        (folder / f"{number}.txt").write_text(half)
        options += ["--half", str(folder / f"{number}.txt")]
    return options


def test_names_the_desk_and_invites_two(db: None, client: Client) -> None:
    result = run("setup_desk", *ARGUMENTS)
    desk = Desk.objects.get()
    assert (desk.organisation, desk.contact, desk.rp_id) == ("大分市", "情報政策課", "localhost")
    assert [row["number"] for row in result["administrators"]] == ["a001", "a002"]
    assert RoleAssignment.objects.today().filter(role=Role.ADMIN.value).count() == 2
    assert len(set(result["halves"])) == 2
    for row in result["administrators"]:
        assert client.get(row["address"].replace("http://localhost:8000", "")).status_code == 200
        answer = client.post("/start/", {"code": row["code"]})
        assert answer.status_code == 302
        assert answer["Location"].endswith("/start/password/")
    text = "".join(LedgerDetails.objects.values_list("content", flat=True))
    for secret in (*result["halves"], *(row["code"] for row in result["administrators"])):
        assert secret not in text
    start()
    shown = identity.current()
    identity._current = identity.Identity()
    assert shown.phones == (("庁内から", "内線 5566", "24時間"),)


@pytest.mark.parametrize(
    "arguments",
    [
        ARGUMENTS[:-2],  # one administrator
        ARGUMENTS[2:],  # no name
        (*ARGUMENTS[:-1], "a001:同じ 番号"),
        (*ARGUMENTS[:-1], "nobody"),
    ],
)
def test_all_or_nothing(db: None, arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        run("setup_desk", *arguments)
    assert not Person.objects.exists()
    assert not Invitation.objects.exists()
    assert not Desk.objects.filter(set_up_at__isnull=False).exists()
    assert not LedgerEntry.objects.exclude(event=Event.DESK_STARTED).exists()


def test_a_second_run_changes_names_and_prints_no_sheet(db: None) -> None:
    run("setup_desk", *ARGUMENTS)
    again = run("setup_desk", "--organisation", "新大分市", "--by", "a001")
    assert again["halves"] == []
    assert again["administrators"] == []
    assert Desk.objects.get().contact == "情報政策課"
    person = Person.objects.get(number="a001")
    assert LedgerEntry.objects.filter(event=Event.DESK_SET_UP, actor=f"person:{person.pk}").exists()


def test_the_demo_is_not_set_up(db: None, settings: LazySettings) -> None:
    settings.SECDESK_MODE = "demo"
    with pytest.raises(CommandError, match="デモ"):
        run("setup_desk", *ARGUMENTS)


def test_recover_needs_both_halves_and_is_recorded(db: None, tmp_path: Path) -> None:
    paper = halves(run("setup_desk", *ARGUMENTS), tmp_path)
    person = Person.objects.get(number="a001")
    person.set_password("tsurusaki-2026-kasuri")
    person.save()
    credential = TotpCredential(person=person)
    credential.seal(b"secret")
    credential.save()
    epoch = person.session_epoch
    for options in ([*paper[:2]] * 2, paper[:2]):
        with pytest.raises(CommandError):
            run("recover", "--number", "a001", *options)
    assert TotpCredential.objects.filter(person=person).exists()
    assert not LedgerEntry.objects.filter(event=Event.DESK_RECOVERED).exists()
    ticket = run("recover", "--number", "a001", *paper)
    person.refresh_from_db()
    assert not person.has_usable_password()
    assert person.session_epoch > epoch
    assert not TotpCredential.objects.filter(person=person).exists()
    assert Invitation.objects.usable().filter(person=person).count() == 1
    assert len(ticket["code"].replace("-", "")) == 16
    entry = LedgerEntry.objects.get(event=Event.DESK_RECOVERED)
    assert (entry.actor, entry.target_id) == ("system:recover", person.pk)


def test_recover_makes_a_new_administrator_when_told_a_name(db: None, tmp_path: Path) -> None:
    paper = halves(run("setup_desk", *ARGUMENTS), tmp_path)
    with pytest.raises(CommandError, match="--name"):
        run("recover", "--number", "a009", *paper)
    run("recover", "--number", "a009", "--name", "新任 者", *paper)
    assert Role.ADMIN in Person.objects.get(number="a009").role_codes


def test_recover_helps_administrators_alone(cast: dict[str, Person], tmp_path: Path) -> None:
    paper = halves(run("setup_desk", *ARGUMENTS), tmp_path)
    for number in ("csirt", "clerk", "disabled"):
        with pytest.raises(CommandError, match="管理者"):
            run("recover", "--number", number, *paper)
    assert not LedgerEntry.objects.filter(event=Event.DESK_RECOVERED).exists()


def test_another_passkey_name_is_refused_while_passkeys_exist(db: None, settings: LazySettings) -> None:
    run("setup_desk", *ARGUMENTS)
    settings.SECDESK_URL, settings.SECDESK_PROXY = "https://desk.example.jp", ["unix"]
    settings.SECDESK_RP_ID = "desk.example.jp"
    refuse_unsafe()  # nobody has a passkey yet: the name may still change
    passkey = Passkey.objects.create(person=Person.objects.get(number="a001"), webauthn_id="x", public_key="eA")
    with pytest.raises(UnsafeDesk, match=r"secdesk\.E015.*localhost"):
        refuse_unsafe()
    passkey.delete()
    refuse_unsafe()
