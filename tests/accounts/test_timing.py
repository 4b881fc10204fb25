"""Known, unknown, disabled and locked accounts take the same time (security.md A9).

Compared is the processor's time and the number of commits: together they are what a stranger can measure,
and other work on the machine does not change them. `tests/bench/login.py` prints the wall clock's medians.
"""

from __future__ import annotations

import random
import statistics
import time

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from secdesk.accounts.services import limits
from secdesk.core.people.models import Person
from tests.cast import City, make_person

SAMPLES = 15
GAP = 0.005  # seconds between medians


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_refusals_take_the_same_time(transactional_db: None, client: Client, city: City, settings: object) -> None:
    for number in range(SAMPLES):
        make_person(f"known{number}", "在 職", city.branch)
        make_person(f"off{number}", "停 止", city.branch, disabled_at=timezone.now())
    make_person("locked", "多 数", city.branch)
    settings.PASSWORD_HASHERS = ["secdesk.accounts.hashers.DeskArgon2Hasher"]  # type: ignore[attr-defined]
    Person.objects.update(password=make_password("the-right-password-1"))
    for _ in range(5):
        limits.take("locked")
    client.post("/login/", {"number": "nobody", "password": "warm up, please"})
    times: dict[str, list[float]] = {"known": [], "unknown": [], "off": [], "locked": []}
    commits: dict[str, set[int]] = {kind: set() for kind in times}
    for number in range(SAMPLES):
        for kind in random.sample(list(times), len(times)):  # so that no kind has a place of its own in the round
            who = kind if kind == "locked" else f"{kind}{number}"
            begin = time.thread_time()
            with CaptureQueriesContext(connection) as seen:
                response = client.post("/login/", {"number": who, "password": "a-wrong-password-1"})
            times[kind].append(time.thread_time() - begin)
            commits[kind].add(sum(query["sql"] == "COMMIT" for query in seen.captured_queries))
            assert response.status_code == 200
    medians = {kind: statistics.median(spent) for kind, spent in times.items()}
    print({kind: f"{1000 * value:.1f} ms" for kind, value in medians.items()})
    print(commits)
    assert commits["known"] == commits["unknown"] == commits["off"] == commits["locked"]
    assert max(medians.values()) - min(medians.values()) < GAP, medians
