"""The shortest way through the desk in a real browser."""

from playwright.sync_api import expect

from secdesk.core.people.models import Person
from tests.browser.conftest import Desk


def test_a_clerk_logs_in_and_out(desk: Desk, cast: dict[str, Person]) -> None:
    page = desk.log_in(cast["clerk"])
    expect(page.get_by_role("heading", level=1)).to_contain_text("あなたがすること")
    expect(page.get_by_role("banner")).to_contain_text("佐藤 美咲")
    assert desk.accessibility() == []
    desk.log_out()
    expect(page.get_by_role("button", name="次へ")).to_be_visible()
    desk.open("/")
    expect(page.get_by_role("button", name="次へ")).to_be_visible()
