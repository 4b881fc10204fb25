"""Health for monitors: no details, and the truth."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from secdesk.core.work.services import retire, tick


def test_alive_without_asking_the_database(client: Client, db: None) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")
    assert len(queries) == 0


@pytest.mark.django_db
def test_ready_only_with_a_scheduler_that_beats(client: Client) -> None:
    assert client.get("/readyz").status_code == 503
    tick([], "a")
    response = client.get("/readyz")
    assert (response.status_code, response.content) == (200, b"ok\n")
    with time_machine.travel(timezone.now() + dt.timedelta(seconds=100)):
        response = client.get("/readyz")
        assert (response.status_code, response.content) == (503, b"not ready\n")
    retire("a")
    assert client.get("/readyz").status_code == 503


def test_only_reading(client: Client, db: None) -> None:
    assert client.post("/healthz").status_code == 405
    assert client.post("/readyz").status_code == 405
