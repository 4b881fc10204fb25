"""Operation pages: they tell the truth about the desk, and nothing about any record."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from incidents.services import work
from incidents.services.sealing import seal
from secdesk.accounts.models import Session
from secdesk.core.jobs import registered
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.models import LedgerEntry
from secdesk.core.ledger.seal import seal as seal_ledger
from secdesk.core.ledger.services import SystemActor, record
from secdesk.core.outbox.models import OutboxHold, OutboxMessage
from secdesk.core.outbox.services import enqueue, hold_outbox
from secdesk.core.people.models import Person
from secdesk.core.tasks.services import start_task
from secdesk.core.templatetags.desk import moment
from secdesk.core.work.models import JobRun
from secdesk.core.work.services import tick
from tests.incidents.stories import CANARY, report
from tests.login import log_in
from tests.tasks import kinds

pytestmark = pytest.mark.django_db
URL = "/operation/"
Status = OutboxMessage.Status
assert kinds  # the page shows one of their titles


def mail(person: Person, key: str, status: str = Status.QUEUED, **values: object) -> OutboxMessage:
    with transaction.atomic():
        message = enqueue("test", to=person, dedupe_key=key)
    OutboxMessage.objects.filter(pk=message.pk).update(status=status, **values)
    return message


def all_in_order() -> None:
    """A scheduler that beats, jobs registered, ledger sealed, a fresh backup."""
    tick(registered(), "a")
    with transaction.atomic():
        record(Event.BACKUP_MADE, by=SystemActor("backup"))
    seal_ledger()


@pytest.fixture
def admin(client: Client, cast: dict[str, Person]) -> Client:
    log_in(client, cast["admin"])
    OutboxMessage.objects.all().delete()  # the notice of the factor that was made for this test
    return client


def page(client: Client) -> str:
    response = client.get(URL)
    assert response.status_code == 200
    return response.content.decode()


def test_everything_runs(admin: Client) -> None:
    all_in_order()
    text = page(admin)
    assert "すべて正常に動いています" in text
    for job in registered():
        assert job.name in text


def test_a_dead_scheduler_is_the_first_thing_said(admin: Client) -> None:
    all_in_order()
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=5)):
        text = page(admin)
    assert "定期処理が動いていません" in text
    assert "遅れています: メールの送信" in text


def test_a_failing_job_shows_its_place_and_not_its_message(admin: Client) -> None:
    all_in_order()
    run = {"started_at": timezone.now(), "heartbeat_at": timezone.now(), "holder": "a"}
    JobRun.objects.create(
        job="outbox.send", slot=timezone.now(), outcome=JobRun.Outcome.WAITING, error="ValueError sending.py:12",
        expires_at=timezone.now() + dt.timedelta(minutes=1), **run,
    )  # fmt: skip
    text = page(admin)
    assert "失敗しています: メールの送信" in text
    assert "ValueError sending.py:12" in text


def test_old_backup_and_missing_seal(admin: Client, cast: dict[str, Person]) -> None:
    assert "バックアップがまだありません" in page(admin)
    all_in_order()
    with time_machine.travel(timezone.now() + dt.timedelta(hours=3)):
        log_in(admin, cast["admin"])
        assert "最後のバックアップが古くなっています" in page(admin)
    with time_machine.travel(timezone.now() + dt.timedelta(hours=4)):
        log_in(admin, cast["admin"])
        assert "記録台帳が封印されていません" in page(admin)


def test_failed_mail_is_shown_and_tried_again(admin: Client, cast: dict[str, Person]) -> None:
    message = mail(cast["clerk"], "a", Status.FAILED, error="RCPT 550")
    text = page(admin)
    assert "メール1通を送信できませんでした" in text
    assert "RCPT 550" in text
    assert cast["clerk"].email in text
    response = admin.post(reverse("home:outbox_again"), follow=True)
    assert "1通をもう一度送ります" in response.content.decode()
    message.refresh_from_db()
    assert message.status == Status.QUEUED
    assert LedgerEntry.objects.filter(event=Event.MAIL_QUEUED_AGAIN, actor=f"person:{cast['admin'].pk}").exists()


def test_mail_that_waits_too_long(admin: Client, cast: dict[str, Person]) -> None:
    mail(cast["clerk"], "a", queued_at=timezone.now() - dt.timedelta(minutes=11))
    assert "メール1通が10分以上送られていません" in page(admin)


def test_hold_and_release(admin: Client, cast: dict[str, Person]) -> None:
    mail(cast["clerk"], "a")
    text = admin.post(reverse("home:outbox_hold"), follow=True).content.decode()
    assert "1通が待っています" in text
    assert "古い1通を取り消して、残りを送る" in text
    mail(cast["clerk"], "b")
    text = admin.post(reverse("home:outbox_release"), {"discard": "1"}, follow=True).content.decode()
    assert "古いメール1通は取り消しました" in text
    assert dict(OutboxMessage.objects.values_list("dedupe_key", "status")) == {
        "a": Status.CANCELLED, "b": Status.QUEUED,
    }  # fmt: skip
    actor = f"person:{cast['admin'].pk}"
    assert LedgerEntry.objects.filter(event__in=(Event.OUTBOX_HELD, Event.OUTBOX_RELEASED), actor=actor).count() == 2


def test_stopping_and_releasing_mail_asks_for_a_factor_again(admin: Client, cast: dict[str, Person]) -> None:
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=16)):
        Session.objects.filter(person=cast["admin"]).update(last_seen_at=timezone.now())
        for name in ("home:outbox_hold", "home:outbox_release"):
            response = admin.post(reverse(name))
            assert response.status_code == 302
            assert response["Location"].startswith(reverse("accounts:confirm"))
    assert not OutboxHold.objects.exists()


def test_release_without_dropping(admin: Client, cast: dict[str, Person]) -> None:
    mail(cast["clerk"], "a")
    hold_outbox(OutboxHold.Reason.RESTORE, by=SystemActor("restore"))
    assert "バックアップから復元したため" in page(admin)
    admin.post(reverse("home:outbox_release"))
    assert OutboxMessage.objects.get().status == Status.QUEUED
    assert "保留しています" not in page(admin)


def test_a_test_mail_to_oneself(admin: Client, cast: dict[str, Person]) -> None:
    admin.post(reverse("home:test_mail"))
    message = OutboxMessage.objects.get()
    assert (message.person, message.kind, message.path) == (cast["admin"], "test", URL)


def test_long_work_without_what_it_is_about(admin: Client, cast: dict[str, Person]) -> None:
    start_task("test.count", by=cast["office"], params={"to": 3, "secret": CANARY})
    text = page(admin)
    assert "数える" in text
    assert cast["office"].name in text
    assert CANARY not in text


def test_a_sealed_incident_is_nowhere_on_the_page(admin: Client, cast: dict[str, Person]) -> None:
    incident = report(cast["clerk"], CANARY)
    seal(incident, by=cast["csirt_head"])
    with transaction.atomic():
        message = enqueue(
            "test", to=cast["csirt"], dedupe_key=f"x:{incident.pk}", target=incident,
            context={"reference": incident.reference},
        )  # fmt: skip
    for status in Status:
        sent_at = timezone.now() if status == Status.SENT else None
        OutboxMessage.objects.filter(pk=message.pk).update(status=status, sent_at=sent_at)
        text = page(admin)
        assert CANARY not in text
        assert incident.reference not in text


def test_a_failed_mail_of_a_quiet_report_names_nobody(admin: Client, cast: dict[str, Person]) -> None:
    at = timezone.now() - dt.timedelta(days=3)
    with time_machine.travel(at, tick=False):
        incident = report(cast["clerk"], quiet=True)
        work.send_message(incident, CANARY, by=cast["csirt"], from_csirt=True)
    failed = OutboxMessage.objects.filter(person=cast["clerk"], kind="incident_message")
    assert failed.update(status=Status.FAILED, error="RCPT 550") == 1
    text = page(admin)
    assert "RCPT 550" in text
    for told in (cast["clerk"].name, cast["clerk"].email, "incident_message", moment(at)):
        assert told not in text


def test_how_many_queries(admin: Client, cast: dict[str, Person]) -> None:
    all_in_order()
    counts = []
    for rows in (1, 3, 30):
        for number in range(rows):
            mail(cast["clerk"], f"{rows}-{number}", Status.FAILED, error="RCPT 550")
            start_task("test.count", by=cast["office"], params={"to": 3})
        with CaptureQueriesContext(connection) as queries:
            page(admin)
        counts.append(len(queries))
    assert counts == [counts[0]] * 3
    assert counts[0] <= 22


def test_the_module_is_there_for_administrators_alone(client: Client, cast: dict[str, Person]) -> None:
    log_in(client, cast["admin"])
    assert f'href="{URL}"' in client.get("/").content.decode()
    log_in(client, cast["csirt"])
    assert f'href="{URL}"' not in client.get("/").content.decode()
