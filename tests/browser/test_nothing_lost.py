"""Double clicks, the back button, leaving too early: nothing is made twice and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Dialog, Locator, Page, expect

from incidents.models import Incident
from secdesk.core.people.models import Person
from tests.browser.conftest import WIDE, Desk

TEXT = "講座の案内メールを、宛先をCCに入れたまま32人に送った。"


def write_report(page: Page, text: str = TEXT) -> None:
    page.locator("[name=what]").fill(text)
    page.locator("[name=about]").first.check()


def send_button(page: Page) -> Locator:
    return page.locator("main form button[type=submit]").last


@pytest.fixture
def plain_page(browser: Browser) -> Iterator[Page]:
    """A browser that runs no script at all."""
    context = browser.new_context(viewport=WIDE, locale="ja-JP", java_script_enabled=False)  # type: ignore[arg-type]
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def test_a_double_click_makes_one_report(desk: Desk, cast: dict[str, Person]) -> None:
    desk.log_in(cast["clerk"])
    page = desk.open("/report/")
    write_report(page)
    send_button(page).dblclick()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.wait_for_url("**/reports/**")
    assert Incident.objects.count() == 1


def test_a_double_click_without_script_makes_one_report(desk: Desk, plain_page: Page, cast: dict[str, Person]) -> None:
    plain = Desk(plain_page, desk.url)
    plain.log_in(cast["clerk"])
    plain.open("/report/")
    write_report(plain_page)
    send_button(plain_page).dblclick()
    plain_page.wait_for_url("**/reports/**")
    assert Incident.objects.count() == 1


def test_going_back_and_sending_another_text_shows_both(desk: Desk, cast: dict[str, Person]) -> None:
    desk.expected = ("409",)
    desk.log_in(cast["clerk"])
    page = desk.open("/report/")
    write_report(page)
    token = page.locator("[name=form_token]").get_attribute("value")
    send_button(page).click()
    page.wait_for_url("**/reports/**")
    page.go_back()
    write_report(page, TEXT + "添付もあった。")
    # Some browsers bring back the page as it was, its hidden token too; this one asked for a fresh page.
    page.locator("[name=form_token]").evaluate("(field, token) => { field.value = token }", token)
    send_button(page).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("すでに送られています")
    expect(page.locator("ins")).to_have_text("添付もあった。")
    assert desk.accessibility() == []
    assert Incident.objects.count() == 1
    page.get_by_role("button", name="別の1件として送る").click()
    page.wait_for_url("**/reports/**")
    assert Incident.objects.count() == 2


def test_leaving_unsent_text_asks_first(desk: Desk, cast: dict[str, Person]) -> None:
    desk.log_in(cast["clerk"])
    page = desk.open("/report/")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.locator("[name=what]").click()
    page.keyboard.type("x")
    page.on("dialog", stay)
    page.get_by_role("link", name="ホーム").first.click(no_wait_after=True)
    page.wait_for_timeout(500)
    assert asked == ["beforeunload"]
    expect(page.locator("[name=what]")).to_have_value("x")
    page.remove_listener("dialog", stay)
    page.on("dialog", lambda dialog: dialog.accept())  # the window closes after the test
