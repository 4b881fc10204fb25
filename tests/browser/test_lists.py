"""Lists in Chromium: filter, sort, keep a view, mark and assign, by mouse, by keyboard, without script."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect

from incidents import history
from incidents.models import Incident
from secdesk.core.history import Purpose
from secdesk.core.people.models import Person
from tests.browser.conftest import NARROW, SHOTS, Desk
from tests.cast import City
from tests.incidents.past import stories


@pytest.fixture
def past(cast: dict[str, Person], city: City, settings: object) -> None:
    """130 incidents of the last year."""
    settings.SECDESK_MODE = "demo"  # type: ignore[attr-defined]
    history.load_incidents(
        stories(
            130,
            reporters=[cast["clerk"], cast["other_clerk"]],
            csirt=[cast["csirt"], cast["csirt2"]],
            sections=[city.branch, city.tax, city.ict, city.school],
            until=timezone.now(),
            days=300,
        ),
        purpose=Purpose.DEMO,
    )


def test_incident_list(desk: Desk, cast: dict[str, Person], past: None) -> None:
    desk.log_in(cast["csirt"])
    page = desk.open("/incidents/")
    desk.shot("incidents-1366")
    assert desk.accessibility() == []
    assert not desk.scrolls_sideways()
    page.locator("a[rel=next]").click()
    expect(page.locator(".pager")).to_contain_text("51")
    desk.open("/incidents/?state=handling&sort=-known_at")
    page.locator("summary:has-text('表示を保存')").click()
    page.locator("#view-name").fill("対応中を新しい順に")
    desk.shot("incidents-keep-1366")
    page.locator(".menu-form button").click()
    expect(page.locator(".views [aria-current]")).to_contain_text("対応中を新しい順に")
    rows = page.locator("input[name=pick]")
    for place in range(3):
        rows.nth(place).check()
    expect(page.locator("[data-marked]")).to_contain_text("3")
    desk.shot("incidents-marked-1366")
    page.locator(".bulk button").click()
    desk.shot("incidents-bulk-1366")
    assert desk.accessibility() == []
    page.locator("select[name=owner]").select_option(str(cast["csirt2"].pk))
    page.locator(".form-end .button-primary").click()
    expect(page.locator(".notice-good")).to_contain_text("3")
    desk.open("/incidents/?known_from=あした")
    desk.shot("incidents-error-1366")
    assert desk.accessibility() == []
    desk.open("/incidents/?q=ないことば")
    desk.shot("incidents-nothing-1366")
    page.set_viewport_size(NARROW)
    desk.open("/incidents/?state=open")
    desk.shot("incidents-390")
    page.screenshot(path=SHOTS / "incidents-390-top.png")
    assert desk.accessibility() == []
    assert not desk.scrolls_sideways()


def test_marks_and_assigns_without_script(
    browser: Browser, live_server: object, cast: dict[str, Person], past: None
) -> None:
    context = browser.new_context(java_script_enabled=False, locale="ja-JP")
    desk = Desk(context.new_page(), live_server.url)  # type: ignore[attr-defined]
    desk.log_in(cast["csirt"])
    page = desk.open("/incidents/?owner=none&state=open")
    page.locator("input[name=pick]").first.check()
    page.locator(".bulk button").click()
    page.locator("select[name=owner]").select_option(str(cast["csirt2"].pk))
    page.locator(".form-end .button-primary").click()
    assert Incident.objects.filter(owner=cast["csirt2"], status="new").count() == 1
    context.close()


def test_roster(desk: Desk, cast: dict[str, Person]) -> None:
    desk.log_in(cast["office"])
    page = desk.open("/people/")
    desk.shot("people-1366")
    assert desk.accessibility() == []
    page.set_viewport_size(NARROW)
    desk.shot("people-390")
    assert not desk.scrolls_sideways()
