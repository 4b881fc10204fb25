"""A clerk without phone, mail, camera or own PC; the next person on that PC; the lock; a colleague's word."""

from __future__ import annotations

import datetime as dt
import time

import pytest
from django.contrib.auth.hashers import make_password
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from incidents.models import Incident
from secdesk.accounts.models import Invitation, Session
from secdesk.accounts.services import invitations
from secdesk.core.people.models import Person
from tests.browser.conftest import NARROW, WIDE, Desk
from tests.cast import PASSWORD
from tests.login import enrol

REPORT = "窓口で住民票の写しを別の方に渡しました。すぐに気づいて返してもらいました。"
NEW_PASSWORD = "hashiru-kaze-2026"


def slip_for(person: Person, helper: Person, *, with_sheet: bool = False) -> tuple[str, list[str]]:
    """A slip printed and handed over: its code, and the codes of the sheet that came with it."""
    row = invitations.invite(person, Invitation.Kind.SLIP, helper, with_sheet=with_sheet)
    codes = invitations.sheet_codes(row)
    invitations.hand_over([row], by=helper)
    return row.code, codes


def newcomer(cast: dict[str, Person]) -> Person:
    """Without password, mail and phone."""
    person = cast["not_enrolled"]
    person.email = ""
    person.save()
    return person


def register(desk: Desk, code: str, sheet: list[str]) -> None:
    """By keyboard alone, as the slip says."""
    page = desk.open("/start/")
    page.get_by_label("登録コード").focus()
    page.keyboard.type(code.lower())
    page.keyboard.press("Enter")
    page.get_by_label("新しいパスワード", exact=False).first.focus()
    page.keyboard.type(NEW_PASSWORD)
    page.keyboard.press("Tab")
    page.keyboard.type(NEW_PASSWORD)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")  # 共用のPCです
    page.keyboard.press("Enter")
    page.get_by_role("link", name="登録票と一緒に渡されたコード表").focus()
    page.keyboard.press("Enter")
    page.get_by_label("No. 1 のコード").focus()
    page.keyboard.type(sheet[0].lower())
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("回復コード")
    page.get_by_role("button", name="控えました").focus()
    page.keyboard.press("Enter")


def test_clerk_without_phone_mail_camera_or_pc(desk: Desk, cast: dict[str, Person]) -> None:
    """From the slip to the log-out; the next person finds nothing."""
    person = newcomer(cast)
    code, sheet = slip_for(person, cast["helper"], with_sheet=True)
    began = time.monotonic()
    register(desk, code, sheet)
    page = desk.page
    expect(page.get_by_role("banner")).to_contain_text("未登録 花")
    report_by_clerk(desk)
    page.get_by_role("button", name="終わる・次の人へ").click()
    expect(page.get_by_role("button", name="次へ")).to_be_visible()
    assert time.monotonic() - began < 60  # leaves a person two of the three minutes for typing
    finds_nothing(desk, person)
    desk.log_in(cast["colleague"])
    expect(page.get_by_role("banner")).to_contain_text("後藤 翔")
    assert "未登録 花" not in page.content()


def report_by_clerk(desk: Desk) -> None:
    """What a clerk may do at once: report."""
    page = desk.page
    page.get_by_role("banner").get_by_role("link", name="報告する").click()
    page.get_by_text("渡しまちがい", exact=True).click()
    page.get_by_label("何が起きましたか", exact=False).first.fill(REPORT)
    page.get_by_text("住民の個人情報", exact=False).first.click()
    page.locator(".report-form button[type=submit]").click()
    expect(page.get_by_role("main")).to_contain_text(REPORT[:20])


def finds_nothing(desk: Desk, person: Person) -> None:
    """Back, history, storage, cookies: nothing of `person` is left."""
    page = desk.page
    for _ in range(4):
        page.go_back()
        assert person.name not in page.content()
        assert REPORT[:20] not in page.content()
        expect(page.get_by_role("banner")).not_to_contain_text(person.name)
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    names = {cookie["name"] for cookie in page.context.cookies()}
    assert "session" not in names
    desk.open("/devices/")
    expect(page.get_by_role("button", name="次へ")).to_be_visible()


def test_sheet_printed_there_and_then(desk: Desk, cast: dict[str, Person]) -> None:
    code, _none = slip_for(newcomer(cast), cast["helper"])
    page = desk.open(f"/start/#{code}")  # as the QR code of the slip opens it
    expect(page.get_by_label("登録コード")).to_have_value(code)
    assert code not in page.url
    assert desk.accessibility() == []
    page.get_by_role("button", name="次へ").click()
    page.get_by_label("新しいパスワード", exact=False).first.fill(NEW_PASSWORD)
    page.get_by_label("新しいパスワード(もう一度)").fill(NEW_PASSWORD)
    assert desk.accessibility() == []
    page.get_by_role("button", name="次へ").click()
    assert desk.accessibility() == []
    page.get_by_role("button", name="使い切りコード表(紙)").click()
    expect(page.locator(".codes li")).to_have_count(40)
    assert desk.accessibility() == []
    page.get_by_label("No. 1 のコード").fill(page.locator(".codes b").first.inner_text())
    page.get_by_role("button", name="登録する").click()
    expect(page.locator(".codes li")).to_have_count(10)
    assert desk.accessibility() == []
    page.get_by_role("button", name="控えました").click()
    expect(page.get_by_role("banner")).to_contain_text("未登録 花")
    expect(page.get_by_role("button", name="終わる・次の人へ")).to_have_count(0)  # not a shared PC


def test_expired_session_in_the_middle_of_a_long_text(desk: Desk, cast: dict[str, Person]) -> None:
    desk.log_in(cast["clerk"])
    page = desk.open("/report/")
    page.get_by_label("何が起きましたか", exact=False).first.fill(REPORT * 20)
    page.get_by_text("住民の個人情報", exact=False).first.click()
    Session.objects.filter(person=cast["clerk"]).update(expires_at=timezone.now())
    page.locator(".report-form button[type=submit]").click()
    expect(page.get_by_role("button", name="次へ")).to_be_visible()
    assert not Incident.objects.exists()
    desk.log_in_here(cast["clerk"])
    expect(page.get_by_text("書いた内容は、まだ送信されていません。")).to_be_visible()
    expect(page.get_by_label("何が起きましたか", exact=False).first).to_have_value(REPORT * 20)
    assert desk.accessibility() == []
    desk.shot("enrol-kept-form-1366")
    page.locator(".report-form button[type=submit]").click()
    page.wait_for_url("**/reports/*/")
    assert Incident.objects.get().outline == REPORT * 20


def test_idle_page_locks_and_one_factor_opens_the_very_page(desk: Desk, cast: dict[str, Person]) -> None:
    desk.log_in(cast["clerk"])
    page = desk.open("/devices/?from=here")
    long_ago = timezone.now() - dt.timedelta(minutes=31)
    Session.objects.filter(person=cast["clerk"]).update(last_seen_at=long_ago)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text("ロックしました")
    assert desk.accessibility() == []
    page.keyboard.press("Tab")
    page.get_by_label("パスワード").focus()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/devices/?from=here")
    expect(page.get_by_role("heading", level=1)).to_contain_text("ログイン中の端末")
    assert desk.accessibility() == []


def test_typing_keeps_the_session_and_looking_does_not(desk: Desk, cast: dict[str, Person]) -> None:
    desk.log_in(cast["clerk"])
    page = desk.open("/devices/")
    page.clock.install()
    page.reload()
    before = timezone.now() - dt.timedelta(minutes=20)
    Session.objects.filter(person=cast["clerk"]).update(last_seen_at=before)
    page.clock.fast_forward(61_000)
    page.wait_for_timeout(300)
    assert Session.objects.get(person=cast["clerk"], ended_at=None).last_seen_at == before
    with page.expect_response("**/alive/") as alive:
        page.keyboard.press("a")
    assert alive.value.status == 204
    assert Session.objects.get(person=cast["clerk"], ended_at=None).last_seen_at > before


def test_an_idle_page_covers_itself(desk: Desk, cast: dict[str, Person]) -> None:
    desk.log_in(cast["clerk"])
    page = desk.open("/devices/")
    page.clock.install()
    page.reload()
    long_ago = timezone.now() - dt.timedelta(minutes=31)
    Session.objects.filter(person=cast["clerk"]).update(last_seen_at=long_ago)
    page.clock.run_for(31 * 60_000)
    page.wait_for_url("**/lock/**")
    expect(page.get_by_role("heading", level=1)).to_contain_text("ロックしました")


def test_colleague_vouches_for_a_clerk_who_forgot(desk: Desk, browser: Browser, cast: dict[str, Person]) -> None:
    enrol(cast["clerk"])
    page = desk.open("/login/")
    page.locator("[name=number]").fill("clerk")
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="次へ").click()
    assert desk.accessibility() == []
    page.get_by_role("button", name="依頼番号を出す").click()
    number = page.locator(".request-number").inner_text()
    assert desk.accessibility() == []
    context = browser.new_context(viewport=WIDE, locale="ja-JP")
    other = Desk(context.new_page(), desk.url)
    other.log_in(cast["head"])
    other.page.locator(".topbar details.menu > summary").click()
    other.page.locator(".topbar details.menu a[href='/vouch/']").click()
    expect(other.page.locator(".todo .request-number")).to_have_text(number)
    assert other.accessibility() == []
    other.page.get_by_role("button", name="本人です").click()
    code = other.page.locator("[role=status] .request-number").inner_text()
    assert other.accessibility() == []
    context.close()
    page.get_by_label("読み上げられたコード").fill(code)
    page.get_by_role("button", name="ログイン").click()
    expect(page.get_by_role("banner")).to_contain_text("佐藤 美咲")
    desk.open("/devices/")
    expect(page.get_by_text("今日だけ", exact=True)).to_be_visible()


# --- pictures ------------------------------------------------------------------------------------------


def pictures(desk: Desk, path: str, name: str) -> None:
    """The page in both widths; nothing scrolls sideways."""
    for size, mark in ((WIDE, "1366"), (NARROW, "390")):
        desk.page.set_viewport_size(size)
        desk.open(path)
        desk.shot(f"enrol-{name}-{mark}")
        assert not desk.scrolls_sideways(), (name, mark)
        assert desk.accessibility() == []
    desk.page.set_viewport_size(WIDE)


def speak(desk: Desk, language: str) -> None:
    """The language before log-in."""
    desk.page.context.add_cookies([{"name": "language", "value": language, "url": desk.url}])


@pytest.mark.parametrize("language", ["ja", "en"])
def test_pictures_of_registration(desk: Desk, cast: dict[str, Person], language: str) -> None:
    speak(desk, language)
    code, _none = slip_for(newcomer(cast), cast["helper"], with_sheet=True)
    pictures(desk, "/start/", f"start-{language}")
    page = desk.open("/start/")
    page.locator("[name=code]").fill(code)
    page.locator("main form button").click()
    pictures(desk, "/start/password/", f"password-{language}")
    page.locator("[name=password]").fill("short")
    page.locator("[name=again]").fill("other")
    page.locator("main form button[type=submit]").click()
    desk.shot(f"enrol-password-errors-{language}-1366")
    page.locator("[name=password]").fill(NEW_PASSWORD)
    page.locator("[name=again]").fill(NEW_PASSWORD)
    page.locator("[name=shared]").check()
    page.locator("main form button[type=submit]").click()
    for step in ("factor", "app", "token", "sheet"):
        pictures(desk, f"/start/{step}/", f"{step}-{language}")
    desk.open("/start/factor/")
    page.locator("form[action='/start/sheet/print/'] button").click()
    first = page.locator(".codes b").first.inner_text()
    pictures(desk, "/start/sheet/", f"sheet-printed-{language}")
    page.locator("[name=code]").fill(first)
    page.locator("main form button[type=submit]").last.click()
    Person.objects.filter(pk=cast["not_enrolled"].pk).update(language=language)
    pictures(desk, "/start/recovery/", f"recovery-{language}")
    page.locator("main form button[type=submit]").first.click()
    pictures(desk, "/devices/", f"devices-shared-{language}")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_pictures_for_helper_and_office(desk: Desk, cast: dict[str, Person], language: str) -> None:
    Person.objects.update(language=language)
    for name in ("colleague", "head"):
        enrol(cast[name])
    invitations.invite(cast["not_enrolled"], Invitation.Kind.SLIP, cast["helper"], with_sheet=True)
    Person.objects.filter(pk=cast["clerk"].pk).update(password=make_password(None))
    slip_for(cast["clerk"], cast["helper"])
    section = cast["helper"].department
    assert section is not None
    desk.log_in(cast["helper"])
    pictures(desk, f"/enrolment/{section.pk}/", f"section-{language}")
    pictures(desk, f"/enrolment/{section.pk}/slips/", f"slips-{language}")
    desk.page.emulate_media(media="print")
    desk.open(f"/enrolment/{section.pk}/slips/")
    desk.page.pdf(path=str(desk.shot(f"enrol-slips-print-{language}")).replace(".png", ".pdf"), format="A4")
    desk.page.emulate_media(media="screen")
    pictures(desk, "/vouch/", f"vouch-empty-{language}")
    desk.log_out()
    log_in_page(desk.page, desk, language)


def log_in_page(page: Page, desk: Desk, language: str) -> None:
    """The second step with its ways for people who forgot or lost their means."""
    speak(desk, language)
    desk.open("/login/")
    page.locator("[name=number]").fill("colleague")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("form:has([name=password]) button[type=submit]").last.click()
    pictures(desk, reverse("accounts:second_factor"), f"second-{language}")
    page.locator("form[action='/login/ask/forgotten/'] button").click()
    pictures(desk, "/login/attested/forgotten/", f"forgotten-{language}")
