"""Pages of long work, for the one who asked for it and nobody else."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from secdesk.accounts.models import Session
from secdesk.core.people.models import Person
from secdesk.core.tasks.models import Task
from secdesk.core.tasks.running import run_waiting, take
from secdesk.core.tasks.services import start_task
from tests.login import log_in
from tests.tasks.kinds import Hooks

pytestmark = pytest.mark.django_db


def running(person: Person) -> Task:
    start_task("test.count", by=person, params={"to": 6000})
    task = take("a")
    assert task is not None
    since = timezone.now() - dt.timedelta(seconds=57)
    Task.objects.filter(pk=task.pk).update(done=3412, total=6000, started_at=since)
    return task


def test_progress_count_and_time_left(client: Client, cast: dict[str, Person]) -> None:
    log_in(client, cast["office"])
    page = client.get(reverse("core:task", args=[running(cast["office"]).pk])).content.decode()
    assert "数える" in page
    assert "3,412 / 6,000" in page
    assert '<progress value="3412" max="6000"' in page
    assert "のこり 約50秒" in page


def test_only_the_owner(client: Client, cast: dict[str, Person]) -> None:
    task = running(cast["office"])
    for who in ("admin", "csirt", "clerk", "ciso"):
        log_in(client, cast[who])
        assert client.get(reverse("core:task", args=[task.pk])).status_code == 404
        assert client.post(reverse("core:task_cancel", args=[task.pk])).status_code == 404
        assert client.get(reverse("core:task_result", args=[task.pk])).status_code == 404
        assert "数える" not in client.get(reverse("core:tasks")).content.decode()
    task.refresh_from_db()
    assert task.cancel_asked_at is None


def test_a_poll_brings_the_moving_part_and_does_not_extend_the_session(client: Client, cast: dict[str, Person]) -> None:
    log_in(client, cast["office"])
    url = reverse("core:task", args=[running(cast["office"]).pk])
    before = timezone.now() - dt.timedelta(minutes=5)
    Session.objects.filter(person=cast["office"]).update(last_seen_at=before)
    part = client.get(url, HTTP_HX_REQUEST="true").content.decode()
    assert "<html" not in part
    assert 'hx-trigger="every 2s"' in part
    assert Session.objects.get(person=cast["office"]).last_seen_at == before
    assert "<html" in client.get(url).content.decode()  # a person's own look does count
    assert Session.objects.get(person=cast["office"]).last_seen_at > before


def test_the_poll_ends_with_the_work(client: Client, cast: dict[str, Person]) -> None:
    log_in(client, cast["office"])
    task = start_task("test.count", by=cast["office"], params={"to": 2})
    run_waiting()
    part = client.get(reverse("core:task", args=[task.pk]), HTTP_HX_REQUEST="true").content.decode()
    assert "hx-" not in part
    assert "終わりました" in part


def test_cancel(client: Client, cast: dict[str, Person]) -> None:
    log_in(client, cast["office"])
    task = running(cast["office"])
    assert client.get(reverse("core:task_cancel", args=[task.pk])).status_code == 405
    response = client.post(reverse("core:task_cancel", args=[task.pk]), follow=True)
    assert "中止しています" in response.content.decode()
    task.refresh_from_db()
    assert task.cancel_asked_at is not None


def test_the_result_is_an_attachment_that_runs_nowhere(client: Client, cast: dict[str, Person]) -> None:
    log_in(client, cast["csirt"])
    task = start_task("test.export", by=cast["csirt"], params={"size": 25})
    assert client.get(reverse("core:task_result", args=[task.pk])).status_code == 404
    Hooks.at_step.clear()
    run_waiting()
    assert "一覧.csv" in client.get(reverse("core:tasks")).content.decode()
    response = client.get(reverse("core:task_result", args=[task.pk]))
    assert b"".join(response.streaming_content) == b"0123456789012345678901234"  # type: ignore[attr-defined]
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"]
    assert response["Content-Length"] == "25"


def test_the_list_asks_as_often_for_30_rows_as_for_one(client: Client, cast: dict[str, Person]) -> None:
    log_in(client, cast["office"])
    counts = []
    for rows in (1, 3, 30):
        while Task.objects.count() < rows:
            start_task("test.count", by=cast["office"], params={"to": 1})
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("core:tasks")).content.decode().count("title-link") == rows
        counts.append(len(queries))
    assert counts == [counts[0]] * 3
    assert counts[0] <= 6
