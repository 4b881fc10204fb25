"""A real case worked from report to closure in Chromium, clicks counted; the same road in English.

The case is the city's own publication of October 2025: names in a map's legend could be read by a
certain operation in 29 published PDF files (291 entries). People, times and references are invented.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from incidents.models import Incident, IncidentType, TimelineEntry
from incidents.vocabulary import Progress, Status
from secdesk.core.people.models import Person
from tests.browser.conftest import NARROW, WIDE, Desk
from tests.cast import City
from tests.incidents.stories import bring_to, report

COUNTER = """addEventListener("pointerdown", (event) => {
  if (event.isTrusted) localStorage.clicks = Number(localStorage.clicks || 0) + 1;
}, true);"""
TOO_WIDE = """[...document.querySelectorAll("main *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
  .map((e) => e.outerHTML.slice(0, 80)).slice(0, 8)"""
WHAT = "地域計画のPDFで、特定の操作をすると「農業を担う者」の氏名が表示される状態で公表していた。291件。"


def clicks(page: Page) -> int:
    """How often the mouse was pressed since this was asked last."""
    return int(
        page.evaluate("(() => { const n = Number(localStorage.clicks || 0); localStorage.clicks = 0; return n })()")
    )


def look(desk: Desk, name: str) -> None:
    """Pictures at both widths; nothing scrolls sideways, axe finds nothing."""
    for size in (NARROW, WIDE):
        desk.page.set_viewport_size(size)
        desk.page.evaluate("scrollTo(0, 0)")
        assert not desk.scrolls_sideways(), (name, size, desk.page.evaluate(TOO_WIDE))
        desk.shot(f"incidents-{name}-{size['width']}")
    assert desk.accessibility() == []


def named(verb: str, what: str) -> re.Pattern[str]:
    """A button whose visible verb is followed by what it is about, for those who don't see the page."""
    return re.compile(rf"^{verb}\s*: {what}$")


def change_hands(desk: Desk, person: Person) -> Page:
    """The next person sits down at the PC."""
    desk.log_out()
    return desk.log_in(person)


def test_the_case_of_october_2025(desk: Desk, cast: dict[str, Person], city: City) -> None:
    page = desk.page
    page.add_init_script(COUNTER)

    # 農政課 reports: at most six clicks from the home page
    desk.log_in(cast["clerk"])
    clicks(page)
    page.get_by_role("banner").get_by_role("link", name="報告する").click()
    expect(page.locator(".lead-strong")).to_have_text(
        "早く知らせた人が責められることはありません。確かでなくても知らせてください。"
    )
    page.get_by_text("誤掲載", exact=True).click()
    expect(page.get_by_role("heading", name="今すぐすること")).to_contain_text("誤掲載")
    page.locator("[name=what]").click()
    page.locator("[name=what]").fill(WHAT)
    page.get_by_text("ホームページ", exact=True).click()
    look(desk, "report")
    page.get_by_role("main").get_by_role("button", name="報告する").click()
    expect(page.get_by_role("status")).to_contain_text("報告が届きました")
    assert clicks(page) <= 6
    incident = Incident.objects.get()
    expect(page.get_by_role("status")).to_contain_text(incident.reference)
    look(desk, "my-report")

    # CSIRT triages: at most four clicks from the home page
    change_hands(desk, cast["csirt"])
    look(desk, "home-csirt")
    clicks(page)
    page.get_by_role("button", name=re.compile("受け付ける")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("地域計画のPDF")
    page.get_by_label("重要度").select_option("3")
    page.get_by_label("ネットワーク区分").select_option("internet")
    look(desk, "triage")
    page.get_by_role("button", name="対応を始める").click()
    expect(page.locator(".life-now")).to_contain_text("対応中")
    assert clicks(page) <= 4
    incident.refresh_from_db()
    assert (incident.status, incident.severity, incident.owner) == (Status.HANDLING, 3, cast["csirt"])
    assert incident.kind == IncidentType.objects.get(code="web_publication")
    assert incident.owning_section == city.branch

    # the true time at which it was known, and since when it was public
    page.get_by_role("link", name="内容を直す").click()
    fill_moment(page, "known_at", "R7.10.20", "10:42")
    fill_moment(page, "occurred_from", "令和7年2月7日", "9:00")
    fill_moment(page, "occurred_to", "2025/10/20", "11:20")
    look(desk, "facts")
    page.get_by_role("button", name="保存する").click()
    expect(page.locator(".page-head")).to_contain_text("2025年10月20日")

    # six lines, without a reload between them, and a decision
    lines = [
        "R7.10.17 15:00 九州農政局から、個人情報の取扱いを点検する依頼",
        "R7.10.20 10:42 目標地図で、特定の操作をすると氏名が表示されることを確認",
        "R7.10.20 11:20 /対処 該当ページを公開停止",
        "R7.10.20 13:30 29地区の計画で、氏名 291件を確認",
        "R7.10.20 16:40 /報告 県・総務省へ第1報を送信",
        "R7.10.21 10:30 /公表 報道発表。市ホームページに掲載",
    ]
    page.evaluate("window.stillHere = true")
    for number, line in enumerate(lines, 1):
        page.locator("#line").fill(line)
        page.locator("#line").press("Enter")
        expect(page.locator("#timeline .kind", has_not_text=re.compile("受付|知った|状態"))).to_have_count(number)
        expect(page.locator("#line")).to_be_focused()
    assert page.evaluate("window.stillHere") is True
    page.locator("summary", has_text="判断を記録").click()
    page.get_by_label("決めたこと").fill("公表区分を都度公表とする")
    page.get_by_label(re.compile("決めた人")).fill("CISO(副市長) 木村 誠")
    page.locator("[name=reason]").last.fill("だれでも閲覧できた期間が8か月あるため")
    page.get_by_role("button", name="判断を記録").click()
    expect(page.locator(".is-decision")).to_contain_text("公表区分を都度公表とする")
    assert TimelineEntry.objects.filter(incident=incident).count() == 7

    # phases in any order, tracks, a question to the reporter
    for phase in ("影響範囲の確定", "事実確認", "回収・削除の確認"):
        for verb in ("始める", "済み"):
            page.get_by_role("button", name=named(verb, phase)).click()
    assert list(incident.phases.values_list("progress", flat=True)) == [Progress.DONE] * 3
    page.get_by_role("button", name=named("済み", "対外報告")).click()
    page.get_by_role("link", name=named("不要と判断", "本人対応")).click()
    page.get_by_label(re.compile("不要と判断した理由")).fill("公表により本人へ知らせた")
    page.get_by_role("button", name="不要と判断する").click()
    page.get_by_label("連絡を書く").fill("検索サイトのキャッシュも消えましたか")
    page.get_by_role("button", name="送る").click()
    expect(page.locator(".letters")).to_contain_text("キャッシュも消えましたか")
    look(desk, "case")

    # the reporter answers
    change_hands(desk, cast["clerk"])
    page.get_by_role("link", name=re.compile("地域計画のPDF")).first.click()
    expect(page.locator(".letters")).to_contain_text("キャッシュも消えましたか")
    page.get_by_label("連絡を書く").fill("10月22日に消えたことを確かめました")
    page.get_by_role("button", name="送る").click()
    expect(page.locator(".letters")).to_contain_text("10月22日に消えた")

    # to the end
    change_hands(desk, cast["csirt"])
    page.get_by_role("link", name=re.compile("地域計画のPDF")).first.click()
    expect(page.locator(".letters")).to_contain_text("10月22日に消えた")
    page.get_by_role("button", name="再発防止中へ進める").click()
    look(desk, "closing")
    for track in ("公表", "庁内・委員会報告"):
        page.get_by_role("group", name=re.compile(track)).get_by_text("済み", exact=True).click()
    page.get_by_label(re.compile("完了とする理由")).fill("公開用PDFの点検を2人で行う手順を決めた")
    page.get_by_role("button", name="完了にする").click()
    expect(page.locator(".record-marks")).to_contain_text("完了")
    expect(page.locator("#timeline")).to_contain_text("公開用PDFの点検を2人で行う手順を決めた")
    incident.refresh_from_db()
    assert (incident.status, incident.closed_by) == (Status.DONE, cast["csirt"])
    look(desk, "closed")

    change_hands(desk, cast["clerk"])
    expect(page.get_by_role("main")).to_contain_text("対応は完了しました")


def fill_moment(page: Page, name: str, day: str, time: str) -> None:
    """Date and time as people type them."""
    page.locator(f"[name={name}_date]").fill(day)
    page.locator(f"[name={name}_time]").fill(time)


def test_a_missent_mail_needs_four_clicks_on_states(desk: Desk, cast: dict[str, Person]) -> None:
    report(cast["clerk"])
    page = desk.page
    page.add_init_script(COUNTER)
    desk.log_in(cast["csirt"])
    state_clicks = 0

    def on_state(name: str) -> None:
        nonlocal state_clicks
        page.get_by_role("button", name=re.compile(name)).first.click()
        state_clicks += 1

    on_state("受け付ける")
    on_state("対応を始める")
    on_state("再発防止中へ進める")
    for track in ("対外報告", "本人対応", "公表", "庁内・委員会報告"):
        group = page.get_by_role("group", name=re.compile(f"^{track}"))
        group.get_by_text("不要と判断", exact=True).click()
        group.get_by_role("textbox").fill("個人情報を含まない")
    page.get_by_label(re.compile("完了とする理由")).fill("32人に削除を確認した")
    on_state("完了にする")
    expect(page.locator(".record-marks")).to_contain_text("完了")
    assert Incident.objects.get().status == Status.DONE
    assert state_clicks == 4


def test_the_same_road_in_english(desk: Desk, cast: dict[str, Person]) -> None:
    Person.objects.filter(number__in=["clerk", "csirt"]).update(language="en")
    page = desk.page
    desk.log_in(cast["clerk"])
    page.get_by_role("banner").get_by_role("link", name="Report an incident").click()
    page.get_by_text("Published by mistake", exact=True).click()
    page.locator("[name=what]").fill("Names could be read in a published PDF.")
    page.get_by_text("Web site", exact=True).click()
    look(desk, "report-en")
    page.get_by_role("main").get_by_role("button", name="Send the report", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Your report has arrived")
    look(desk, "my-report-en")
    change_hands(desk, cast["csirt"])
    look(desk, "home-csirt-en")
    page.get_by_role("button", name=re.compile("Accept")).click()
    page.get_by_label("Severity").select_option("2")
    page.get_by_role("button", name="Start handling").click()
    page.locator("#line").fill("/phone the regional office called")
    page.get_by_role("button", name="Log it").click()
    expect(page.locator("#timeline")).to_contain_text("the regional office called")
    look(desk, "case-en")
    page.get_by_role("button", name="Go on to preventing recurrence").click()
    for track in page.get_by_role("group").filter(has=page.get_by_text("Judged not needed", exact=True)).all():
        track.get_by_text("Done", exact=True).click()
    page.get_by_label(re.compile("Why it can be closed")).fill("Second person checks each PDF")
    page.get_by_role("button", name="Close", exact=True).click()
    expect(page.locator(".record-marks")).to_contain_text("Closed")
    text = page.get_by_role("main").inner_text()
    known = " ".join(person.name for person in cast.values()) + " 市民部 大南支所"
    left = [word for word in re.findall(r"[぀-ヿ一-鿿]+", text) if word not in known]
    assert left == []


def test_a_line_written_by_another_arrives_without_reload(desk: Desk, cast: dict[str, Person]) -> None:
    from incidents.services.work import log_line

    incident = bring_to(report(cast["clerk"]), Status.HANDLING, by=cast["csirt"])
    page = desk.log_in(cast["csirt"])
    page.goto(desk.url + incident.get_absolute_url())
    page.locator("#line").fill("書きかけの行")
    log_line(incident, "河野が書いた行", by=cast["csirt2"], happened_at=incident.reported_at)
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.headers.get("x-background", "")))
    page.evaluate("htmx.trigger('#timeline', 'poll')")
    expect(page.locator("#timeline")).to_contain_text("河野が書いた行")
    expect(page.locator("#line")).to_have_value("書きかけの行")
    assert seen == ["1"]


@pytest.mark.parametrize("name", ["telephone", "queue", "emergency_access", "my_reports"])
def test_the_other_pages(desk: Desk, cast: dict[str, Person], name: str) -> None:
    from django.urls import reverse

    report(cast["clerk"])
    report(cast["clerk"], what="窓口で申請書の控えを別の方に渡した。", quiet=True, reported_as="handed")
    who = {"emergency_access": "ciso", "my_reports": "clerk"}.get(name, "csirt")
    desk.log_in(cast[who])
    desk.open(reverse(f"incidents:{name}"))
    look(desk, name.replace("_", "-"))


def test_the_sealed_case_and_its_team(desk: Desk, cast: dict[str, Person]) -> None:
    incident = bring_to(report(cast["clerk"], quiet=True), Status.CHECKING, by=cast["csirt"])
    page = desk.log_in(cast["csirt_head"])  # the reporter asked for quiet: a head of the CSIRT lifts the seal
    page.goto(desk.url + incident.get_absolute_url())
    look(desk, "sealed-case")
    page.locator(".side").get_by_role("link", name="変える").click()
    look(desk, "team")
    page.locator("[name=reason]").fill("報告した人が同意した")
    page.get_by_role("button", name=re.compile("限定を解く")).click()
    expect(page.locator(".side")).to_contain_text("役割でこの事案に関わる人")
    page.locator(".side").get_by_role("link", name="限定する").click()
    look(desk, "seal")
