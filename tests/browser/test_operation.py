"""Operation and long work as an administrator and an office clerk see them."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from secdesk.core.jobs import registered
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.services import SystemActor, record
from secdesk.core.outbox.models import OutboxHold, OutboxMessage
from secdesk.core.outbox.services import enqueue, hold_outbox
from secdesk.core.people.models import Person
from secdesk.core.tasks.models import Task
from secdesk.core.tasks.running import run_waiting, take
from secdesk.core.tasks.services import start_task
from secdesk.core.work.models import JobRun
from secdesk.core.work.services import tick
from tests.browser.conftest import NARROW, WIDE, Desk
from tests.tasks import kinds

assert kinds


def both_widths(desk: Desk, name: str) -> None:
    for width, size in ((1366, WIDE), (390, NARROW)):
        desk.page.set_viewport_size(size)  # type: ignore[arg-type]
        desk.shot(f"{name}-{width}")
        assert not desk.scrolls_sideways()
    assert desk.accessibility() == []
    desk.page.set_viewport_size(WIDE)  # type: ignore[arg-type]


def test_an_administrator_sees_what_needs_eyes_and_releases_mail(desk: Desk, cast: dict[str, Person]) -> None:
    tick([], "a")
    tick(registered(), "a")
    with transaction.atomic():
        record(Event.BACKUP_MADE, by=SystemActor("backup"))
        for who, code in (("clerk", "RCPT 550"), ("head", "DATA 554")):
            message = enqueue("test", to=cast[who], dedupe_key=who)
            OutboxMessage.objects.filter(pk=message.pk).update(status="failed", error=code)
        enqueue("test", to=cast["csirt"], dedupe_key="old")
    JobRun.objects.filter(job="tasks.sweep").update(slot=timezone.now() - dt.timedelta(hours=3))
    hold_outbox(OutboxHold.Reason.RESTORE, by=SystemActor("restore"))
    start_task("test.count", by=cast["office"], params={"to": 6000})
    page = desk.log_in(cast["admin"])
    page.locator("nav.modules a[href='/operation/']").click()
    both_widths(desk, "operation")
    page.get_by_role("button", name="古い1通を取り消して、残りを送る").click()
    assert page.get_by_text("古いメール1通は取り消しました").is_visible()
    page.get_by_role("button", name="送信できなかったメールを、もう一度送る").click()
    assert page.get_by_text("2通をもう一度送ります").is_visible()
    desk.shot("operation-after-1366")


def test_long_work_moves_by_itself_and_gives_its_result(desk: Desk, cast: dict[str, Person]) -> None:
    task = start_task("test.export", by=cast["csirt"], params={"size": 1000})
    desk.log_in(cast["csirt"])
    page = desk.open(f"/tasks/{task.pk}/")
    both_widths(desk, "task-waiting")
    assert take("a") == task
    started = timezone.now() - dt.timedelta(seconds=57)
    Task.objects.filter(pk=task.pk).update(done=3412, total=6000, started_at=started)
    page.get_by_text("3,412 / 6,000").wait_for()  # htmx fetched it
    both_widths(desk, "task-running")
    Task.objects.filter(pk=task.pk).update(expires_at=timezone.now(), total=None)
    run_waiting()
    link = page.get_by_role("link", name="結果をダウンロード")
    link.wait_for()
    both_widths(desk, "task-done")
    with page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == "一覧.csv"
    assert download.value.path().stat().st_size == 1000
    desk.open("/tasks/")
    both_widths(desk, "tasks")


def test_cancelling_without_script(desk: Desk, cast: dict[str, Person], browser: object) -> None:
    task = start_task("test.count", by=cast["office"], params={"to": 3})
    desk.log_in(cast["office"])
    desk.page.route("**/*.js", lambda route: route.abort())
    desk.expected = ("net::ERR_FAILED",)
    page = desk.open(f"/tasks/{task.pk}/")
    page.get_by_role("link", name="進み具合を表示").click()
    page.get_by_role("button", name="中止する").click()
    assert page.get_by_text("この処理は、あなたが中止しました").is_visible()
    desk.shot("task-cancelled-1366")
