"""Which factor is enough for which role."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from secdesk.accounts.factor_rules import allowed_methods, needs_strong_factor, strong_roles_ahead
from secdesk.accounts.models import Session, SheetCode
from secdesk.accounts.models.factors import Method
from secdesk.accounts.services.sheets import issue_sheet
from secdesk.core.people.models import Person, RoleAssignment
from secdesk.core.people.roles import Role
from tests.cast import PASSWORD
from tests.login import current_code, enrol, log_in

STRONG = ["csirt", "csirt_head", "office", "audit_head", "auditor", "external_auditor", "admin"]


@pytest.mark.parametrize("name", STRONG)
def test_an_app_is_refused_with_a_sentence(cast: dict[str, Person], name: str) -> None:
    person, client = cast[name], Client()
    app = enrol(person)
    client.post("/login/", {"number": name, "password": PASSWORD})
    page = client.get("/login/second/").content.decode()
    assert "あなたの役割には、パスキー、セキュリティキー、または表示式トークンが必要です。" in page
    assert "アプリの6桁" not in page
    from secdesk.accounts import totp

    code = totp.code_at(app.secret(), app.last_step + 1)
    page = client.post("/login/second/", {"method": "totp", "code": code}).content.decode()
    assert "必要です" in page
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("name", STRONG)
def test_a_hardware_token_is_enough(client: Client, cast: dict[str, Person], name: str) -> None:
    log_in(client, cast[name])
    assert client.session["method"] == "token"


def test_rules_follow_the_roles(cast: dict[str, Person]) -> None:
    assert allowed_methods(cast["clerk"]) == frozenset(Method)
    assert Method.SHEET not in allowed_methods(cast["ciso"])
    assert Method.TOTP in allowed_methods(cast["ciso"])
    assert allowed_methods(cast["admin"]) == {Method.PASSKEY, Method.TOKEN}


def test_a_role_counts_from_its_first_day(cast: dict[str, Person]) -> None:
    clerk, today = cast["clerk"], timezone.localdate()
    issue_sheet(clerk, by=clerk)
    role = RoleAssignment.objects.create(person=clerk, role=Role.CSIRT, starts_on=today + dt.timedelta(days=1))
    assert strong_roles_ahead(clerk) == [role]
    assert not needs_strong_factor(Person.objects.get(pk=clerk.pk))
    RoleAssignment.objects.filter(pk=role.pk).update(starts_on=today)
    assert needs_strong_factor(Person.objects.get(pk=clerk.pk))


@pytest.mark.parametrize(("method", "use"), [("sheet", "clerk"), ("recovery", "clerk"), ("recovery", "ciso")])
def test_paper_logs_in(client: Client, cast: dict[str, Person], method: str, use: str) -> None:
    from secdesk.accounts.services.recovery import issue_recovery_codes

    person = cast[use]
    code = issue_sheet(person, by=person)[1][0] if method == "sheet" else issue_recovery_codes(person, by=person)[0]
    client.post("/login/", {"number": use, "password": PASSWORD})
    if method == "sheet":
        assert "No. 1 のコード" in client.get("/login/second/").content.decode()
    client.post("/login/second/", {"method": method, "code": code})
    assert client.session["method"] == method


def test_paper_that_runs_out_is_said_at_log_in(client: Client, cast: dict[str, Person]) -> None:
    clerk = cast["clerk"]
    codes = issue_sheet(clerk, by=clerk)[1]
    for used, said in ((30, False), (33, True)):
        SheetCode.objects.filter(number__lte=used).update(used_at=timezone.now())
        client.post("/login/", {"number": "clerk", "password": PASSWORD})
        page = client.post("/login/second/", {"method": "sheet", "code": codes[used]}, follow=True).content.decode()
        assert ("新しいコード表を印刷" in page) is said
        client.post("/logout/")


@pytest.mark.parametrize("path", ["/confirm/", "/lock/"])
def test_a_method_the_roles_forbid_proves_nothing(client: Client, cast: dict[str, Person], path: str) -> None:
    log_in(client, cast["csirt"])
    if path == "/lock/":
        Session.objects.filter(person=cast["csirt"]).update(locked_at=timezone.now())
    page = client.post(path, {"method": "sheet", "proof": "AAAA"})
    assert page.status_code == 200
    assert "正しくありません" in page.content.decode()


@pytest.mark.parametrize("path", ["/confirm/", "/lock/"])
@pytest.mark.parametrize(("name", "enough"), [("clerk", True), ("ciso", True), ("csirt", False), ("admin", False)])
def test_the_password_alone_confirms_nothing_for_roles_with_a_strong_factor(
    client: Client, cast: dict[str, Person], path: str, name: str, enough: bool
) -> None:
    log_in(client, cast[name])
    if path == "/lock/":
        Session.objects.filter(person=cast[name]).update(locked_at=timezone.now())
    assert ('id="proof-password"' in client.get(path).content.decode()) is enough
    response = client.post(path, {"method": "password", "proof": PASSWORD, "next": "/devices/"})
    assert (response.status_code == 302) is enough
    if not enough:
        token = {"method": "token", "proof": current_code(cast[name]), "next": "/devices/"}
        assert client.post(path, token)["Location"] == "/devices/"
