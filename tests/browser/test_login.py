"""Log-in in Chromium: passkey with a virtual authenticator, password and code by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from secdesk.accounts.models import HardwareToken, Invitation, Passkey, Session
from secdesk.accounts.services import invitations
from secdesk.accounts.services.invitations import invite
from secdesk.accounts.services.sheets import issue_sheet
from secdesk.accounts.services.token_import import import_tokens
from secdesk.core.people.models import Person
from tests.browser.conftest import NARROW, WIDE, Desk
from tests.cast import PASSWORD
from tests.login import current_code


@pytest.fixture
def key(desk: Desk, settings: Any) -> Iterator[dict[str, object]]:
    """A virtual device with a resident key and user verification (Chromium's WebAuthn domain)."""
    settings.SECDESK_URL = desk.url
    session = desk.page.context.new_cdp_session(desk.page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield {"session": session, "authenticatorId": made["authenticatorId"]}
    session.detach()


def test_register_a_passkey_and_log_in_with_it(desk: Desk, key: dict[str, object], cast: dict[str, Person]) -> None:
    page = desk.log_in(cast["csirt"])
    desk.open("/factors/")
    page.get_by_role("link", name="パスキーを追加").click()
    page.get_by_label("パスキーの名前").fill("事務室のPC")
    page.get_by_role("button", name="登録する").click()
    expect(page.get_by_text("パスキーを登録しました。")).to_be_visible()
    assert desk.accessibility() == []
    assert Passkey.objects.get(person=cast["csirt"]).name == "事務室のPC"
    desk.log_out()
    page.wait_for_url("**/login/**")
    page.get_by_role("button", name="パスキーでログイン").press("Enter")
    page.wait_for_url(desk.url + "/")
    expect(page.get_by_role("banner")).to_contain_text("甲斐 悠斗")


def test_registering_with_slip_and_passkey(desk: Desk, key: dict[str, object], cast: dict[str, Person]) -> None:
    slip = invite(cast["not_enrolled"], Invitation.Kind.SLIP, cast["helper"])
    invitations.hand_over([slip], by=cast["helper"])
    page = desk.open("/start/")
    page.locator("[name=code]").fill(slip.code)
    page.keyboard.press("Enter")
    page.wait_for_url("**/start/password/")
    page.locator("[name=password]").fill("hashiru-kaze-2026")
    page.locator("[name=again]").fill("hashiru-kaze-2026")
    page.keyboard.press("Enter")
    page.wait_for_url("**/start/factor/")
    assert desk.accessibility() == []
    page.get_by_role("link", name="パスキー").click()
    page.wait_for_url("**/start/passkey/")
    assert desk.accessibility() == []
    desk.shot("start-passkey-ja-1366")
    page.get_by_role("button", name="登録する").click()
    page.wait_for_url("**/start/recovery/")
    assert Passkey.objects.get().person == cast["not_enrolled"]


def test_the_shared_pc_is_kept_through_a_passkey_at_the_second_step(
    desk: Desk, key: dict[str, object], cast: dict[str, Person]
) -> None:
    page = desk.log_in(cast["clerk"])
    desk.open("/factors/passkeys/add/")
    page.get_by_label("パスキーの名前").fill("key")
    page.get_by_role("button", name="登録する").click()
    page.wait_for_url("**/factors/")
    desk.log_out()
    page.locator("[name=number]").fill("clerk")
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_label("共用のPCです").check()
    page.keyboard.press("Enter")
    page.wait_for_url("**/login/second/")
    page.get_by_role("button", name="パスキーでログイン").click()
    page.wait_for_url(desk.url + "/")
    assert Session.objects.filter(person=cast["clerk"], ended_at=None).latest("pk").is_shared_pc


def test_a_device_that_does_not_verify_its_user_says_so(
    desk: Desk, key: dict[str, object], cast: dict[str, Person]
) -> None:
    page = desk.log_in(cast["clerk"])
    desk.open("/factors/passkeys/add/")
    page.get_by_label("パスキーの名前").fill("key")
    page.get_by_role("button", name="登録する").click()
    page.wait_for_url("**/factors/")
    desk.log_out()
    key["session"].send(  # type: ignore[attr-defined]
        "WebAuthn.setUserVerified", {"authenticatorId": key["authenticatorId"], "isUserVerified": False}
    )
    page.get_by_role("button", name="パスキーでログイン").click()
    expect(page.get_by_role("alert")).to_contain_text("パスキーは使われませんでした。")
    assert page.url.startswith(desk.url + "/login/")


def test_password_and_code_by_keyboard(desk: Desk, cast: dict[str, Person]) -> None:
    current_code(cast["clerk"])
    page = desk.open("/login/")
    page.locator("[name=number]").focus()
    page.keyboard.type("clerk")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/login/second/")
    expect(page.locator("[name=code]")).to_be_focused()
    page.keyboard.type(current_code(cast["clerk"]))
    page.keyboard.press("Enter")
    page.wait_for_url(desk.url + "/")


def pages(desk: Desk, cast: dict[str, Person], name: str) -> None:
    """Pictures and axe of the pages before and after log-in."""
    page = desk.open("/login/")
    check(desk, page, f"login-{name}")
    page.locator("[name=number]").fill("clerk")
    page.locator("[name=password]").fill("wrong-wrong-wrong")
    page.locator("[name=password]").press("Enter")
    expect(page.get_by_role("alert").first).to_be_visible()
    check(desk, page, f"login-refused-{name}")
    page.locator("[name=number]").fill("clerk")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url("**/login/second/")
    check(desk, page, f"second-factor-{name}")


def check(desk: Desk, page: Page, name: str) -> None:
    assert desk.accessibility() == []
    assert not desk.scrolls_sideways(), name
    desk.shot(name)


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1366", "390"])
def test_pages_look_right(desk: Desk, cast: dict[str, Person], language: str, size: dict[str, int]) -> None:
    clerk, page = cast["clerk"], desk.page
    Person.objects.update(language=language)
    page.set_viewport_size(size)  # type: ignore[arg-type]
    page.context.add_cookies([{"name": "language", "value": language, "url": desk.url}])
    name = f"{language}-{size['width']}"
    current_code(clerk)
    Passkey.objects.create(person=clerk, name="PC", webauthn_id="AAAA", public_key="AAAA")
    issue_sheet(clerk, by=clerk)
    pages(desk, cast, name)
    desk.log_in(clerk)
    for path, shot in {
        "/factors/": "factors",
        "/factors/passkeys/add/": "add-passkey",
        "/factors/apps/add/": "add-app",
        "/factors/password/": "password",
        f"/factors/passkeys/{Passkey.objects.get().pk}/": "passkey",
        "/confirm/": "confirm",
    }.items():
        check(desk, desk.open(path), f"{shot}-{name}")
    desk.open("/factors/")
    page.locator("form[action='/factors/recovery-codes/'] button").click()
    page.wait_for_url("**/factors/codes/")
    check(desk, page, f"codes-{name}")


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1366", "390"])
def test_token_pages_look_right(desk: Desk, cast: dict[str, Person], language: str, size: dict[str, int]) -> None:
    Person.objects.update(language=language)
    desk.page.set_viewport_size(size)  # type: ignore[arg-type]
    name = f"{language}-{size['width']}"
    import_tokens(f"serial,secret\nS-7731,{bytes(20).hex()}\n", by=cast["office"])
    desk.log_in(cast["office"])
    for path, shot in {
        "/tokens/": "tokens",
        "/tokens/import/": "token-import",
        f"/tokens/{HardwareToken.objects.get(serial='S-7731').pk}/": "token",
    }.items():
        check(desk, desk.open(path), f"{shot}-{name}")
