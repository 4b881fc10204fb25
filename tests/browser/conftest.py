"""Chromium in front of the real desk: a live server, real log-in, real pages.

A test asks for `desk` (signed out) and calls `desk.log_in(cast["clerk"])`. At the end every test fails
when a page complained on the console (a refused script or style counts) or answered with an error 500.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, sync_playwright

from secdesk.accounts.factor_rules import needs_strong_factor
from secdesk.core.people.models import Person
from tests.cast import PASSWORD
from tests.login import current_code

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's loop runs in the thread that reads the database
SHOTS = Path(__file__).parent / "shots"
WIDE, NARROW = {"width": 1366, "height": 768}, {"width": 390, "height": 844}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@dataclass
class Desk:
    """The desk as one person sees it in one browser window."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()  # parts of complaints that this test provokes on purpose

    def __post_init__(self) -> None:
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script error: {error}"))
        self.page.on("response", self._response)

    def open(self, path: str) -> Page:
        """Go to a path of the desk."""
        self.page.goto(self.url + path)
        return self.page

    def log_in(self, person: Person, *, password: str = PASSWORD) -> Page:
        """Through the real pages, with password and app or token."""
        self.open(reverse("accounts:login"))
        return self.log_in_here(person, password=password)

    def log_in_here(self, person: Person, *, password: str = PASSWORD) -> Page:
        """From the log-in page that stands in the window, wherever it leads afterwards."""
        current_code(person)  # gives the person a factor when there is none
        method = "token" if needs_strong_factor(person) else "totp"
        page = self.page
        page.locator("[name=number]").fill(person.number)
        page.locator("[name=password]").fill(password)
        page.locator("form:has([name=password]) button[type=submit]").last.click()
        page.wait_for_url("**" + reverse("accounts:second_factor"))
        form = page.locator(f"form:has([name=method][value={method}])")
        if not form.is_visible():
            page.locator(f"details:has([name=method][value={method}]) > summary").click()
        form.locator("[name=code]").fill(current_code(person))
        form.locator("button[type=submit]").click()
        page.wait_for_url(lambda url: reverse("accounts:second_factor") not in url)
        return page

    def log_out(self) -> None:
        """Through the person menu."""
        self.page.locator(".topbar details.menu > summary").click()
        self.page.locator(f"form[action='{reverse('accounts:logout')}'] button").click()

    def accessibility(self) -> list[str]:
        """What axe finds on the page now; empty when all is well."""
        found: Any = Axe().run(self.page).response["violations"]
        return [
            f"{self.page.url}: {rule['id']}: {node['target']} {node['html'][:160]}"
            for rule in found
            for node in rule["nodes"]
        ]

    def scrolls_sideways(self) -> bool:
        """Whether the page is wider than its window."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))

    def shot(self, name: str) -> Path:
        """A picture of the whole page in tests/browser/shots."""
        SHOTS.mkdir(exist_ok=True)
        path = SHOTS / f"{name}.png"
        self.page.screenshot(path=path, full_page=True)
        return path

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{self.page.url}: {message.text}")

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self.complaints.append(f"{response.status} {response.url}")

    def unexpected(self) -> list[str]:
        """Complaints that the test did not provoke."""
        return [line for line in self.complaints if not any(part in line for part in self.expected)]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, headless; skipped by name where it is not installed."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A window of its own: 1366 x 768, Japanese, in Japan."""
    context = browser.new_context(viewport=WIDE, locale="ja-JP", timezone_id="Asia/Tokyo")
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def desk(page: Page, live_server: Any) -> Iterator[Desk]:
    """The desk in a fresh window, on a database of its own."""
    desk = Desk(page, live_server.url)
    yield desk
    page.goto("about:blank")
    assert desk.unexpected() == []
