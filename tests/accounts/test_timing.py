"""Known, unknown, disabled and locked accounts take the same time (security.md A9)."""

from __future__ import annotations

import random
import statistics
import time

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.utils import timezone

from secdesk.accounts.services import limits
from secdesk.core.people.models import Person
from tests.cast import City, make_person

SAMPLES = 40
GAP = 0.005  # seconds between medians


@pytest.mark.slow
def test_refusals_take_the_same_time(client: Client, city: City, settings: object) -> None:
    settings.PASSWORD_HASHERS = ["secdesk.accounts.hashers.DeskArgon2Hasher"]  # type: ignore[attr-defined]
    password = make_password("the-right-password-1")
    for number in range(SAMPLES):
        make_person(f"known{number}", "在 職", city.branch)
        make_person(f"off{number}", "停 止", city.branch, disabled_at=timezone.now())
    make_person("locked", "多 数", city.branch)
    Person.objects.update(password=password)
    for _ in range(5):
        limits.take("locked")
    client.post("/login/", {"number": "nobody", "password": "warm up, please"})
    times: dict[str, list[float]] = {"known": [], "unknown": [], "off": [], "locked": []}
    for number in range(SAMPLES):
        for kind in random.sample(list(times), len(times)):  # so that no kind has a place of its own in the round
            who = kind if kind == "locked" else f"{kind}{number}"
            begin = time.perf_counter()
            response = client.post("/login/", {"number": who, "password": "a-wrong-password-1"})
            times[kind].append(time.perf_counter() - begin)
            assert response.status_code == 200
    medians = {kind: statistics.median(spent) for kind, spent in times.items()}
    print({kind: f"{1000 * value:.1f} ms" for kind, value in medians.items()})
    assert max(medians.values()) - min(medians.values()) < GAP, medians
