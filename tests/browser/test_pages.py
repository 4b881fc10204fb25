"""Every page of the desk in Chromium: axe, width, keyboard, one heading; pictures to look at in shots/.

A page is visited as the first of VISITORS who may open it, in Japanese and English.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from playwright.sync_api import Page

from secdesk.core.people.models import Person
from tests.browser.conftest import NARROW, WIDE, Desk
from tests.objects import UrlObjects
from tests.test_access import ROWS, URLS

VISITORS = ("clerk", "head", "csirt", "office", "admin", "ciso", "auditor", "privacy")
NO_PAGES = frozenset({"core:healthz", "core:readyz", "accounts:alive"})
SMALLEST = 320  # CSS pixels: 1280 at 400 % zoom (WCAG 1.4.10)
MOST_TABS = 40


@dataclass(frozen=True)
class Visit:
    """A page and who looks at it."""

    who: str
    name: str


def visits() -> list[Visit]:
    """Each page once, as the first visitor who gets it; the home page as everybody."""
    found = []
    for row in ROWS:
        if row.method != "GET" or row.name in NO_PAGES:
            continue
        viewers = [who for who in VISITORS if row.status(who) == 200]
        found += [Visit(who, row.name) for who in (viewers if row.name == "home:home" else viewers[:1])]
    return found


def is_page(desk: Desk, path: str) -> bool:
    """Whether the address gives a page to look at, rather than a file to keep."""
    headers = desk.page.request.get(desk.url + path).headers
    return "text/html" in headers.get("content-type", "") and "attachment" not in headers.get("content-disposition", "")


def faults(desk: Desk, label: str) -> list[str]:
    """What is wrong with the page as it stands, in one language."""
    page, found = desk.page, []
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        found += desk.accessibility()
        desk.shot(f"{label}-{size['width']}")
    for width in (SMALLEST, NARROW["width"], WIDE["width"]):
        page.set_viewport_size({"width": width, "height": 800})
        if desk.scrolls_sideways():
            found.append(f"{label}: wider than {width} px: {_widest(page)}")
    if (headings := page.locator("h1").count()) != 1:
        found.append(f"{label}: {headings} headings of the first level")
    if not page.title().split("|")[0].strip():
        found.append(f"{label}: no title")
    return found + [f"{label}: no visible focus on {element}" for element in _unmarked(page)]


def _widest(page: Page) -> str:
    return str(
        page.evaluate(
            """() => [...document.querySelectorAll("main *, header *")].filter(e =>
            e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".scroll-x, .modules, .views"))
            .slice(0, 3).map(e => e.outerHTML.slice(0, 120)).join(" | ")"""
        )
    )


def _unmarked(page: Page) -> list[str]:
    """Elements that the Tab key reaches without a visible ring."""
    found = []
    page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
    for _step in range(MOST_TABS):
        page.keyboard.press("Tab")
        element = page.evaluate(
            """() => { const e = document.activeElement; if (!e || e === document.body) return null;
            const ring = s => s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2;
            const shown = [e, e.closest(".tile"), e.closest(".site-search")].some(x => x && ring(getComputedStyle(x)));
            return shown ? "" : e.outerHTML.slice(0, 120); }"""
        )
        if element is None:
            break
        if element:
            found.append(element)
    return found


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("who", VISITORS)
def test_every_page(who: str, desk: Desk, cast: dict[str, Person]) -> None:
    objects, mine = UrlObjects(cast), [visit for visit in visits() if visit.who == who]
    assert mine
    paths = [(visit.name, URLS[visit.name].path(objects)) for visit in mine]
    desk.log_in(cast[who])
    found: list[str] = []
    for language in ("ja", "en"):
        Person.objects.filter(pk=cast[who].pk).update(language=language)
        for name, path in paths:
            if not is_page(desk, path):
                continue
            answer = desk.page.goto(desk.url + path)
            assert answer is not None
            if answer.status != 200:
                found.append(f"{name}: {answer.status} for {who}")
                continue
            assert desk.page.locator("html").get_attribute("lang") == language
            found += faults(desk, f"{name.replace(':', '-')}-{who}-{language}")
    assert found == []


@pytest.mark.slow
def test_pages_before_log_in(desk: Desk, cast: dict[str, Person]) -> None:
    found: list[str] = []
    for language in ("ja", "en"):
        desk.page.context.add_cookies([{"name": "language", "value": language, "url": desk.url}])
        for name, path in (("login", "/login/"), ("not-found", "/no/such/page/")):
            desk.expected = ("404",)
            desk.open(path)
            found += faults(desk, f"door-{name}-{language}")
    assert found == []


def test_the_desk_prints_without_its_frame(desk: Desk, cast: dict[str, Person]) -> None:
    page = desk.log_in(cast["clerk"])
    page.emulate_media(media="print")
    assert not page.locator(".topbar").is_visible()
    assert not page.locator(".modules").is_visible()
    assert page.locator("h1").is_visible()
