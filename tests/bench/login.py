"""Figures of log-in: both steps, a passkey, and how alike refusals are.  usage: python -m tests.bench.login

Runs on a database of its own under var/bench/login, or the one of DATABASE_URL (emptied before), with the
product's own password hashing: `bare_ms` is one Argon2 computation, or one bare insert with its commit.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

FOLDER = Path("var/bench/login").resolve()
ROUNDS = 40
GAP_MS = 5  # between the medians of refusals (security.md A9)


def prepare() -> None:
    """Settings and an empty, migrated database."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    os.environ.update(SECDESK_VAR=str(FOLDER), SECDESK_MODE="demo", DJANGO_SETTINGS_MODULE="tests.process_settings")
    import django
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    django.setup()
    settings.ALLOWED_HOSTS = ["testserver"]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        key = "integer PRIMARY KEY AUTOINCREMENT" if connection.vendor == "sqlite" else "bigserial PRIMARY KEY"
        cursor.execute(f"CREATE TABLE bare (id {key}, a varchar(60))")


def milliseconds(call: Callable[[], object]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1000


def figure(name: str, **values: Any) -> dict[str, Any]:
    """One line of `make bench`."""
    from django.db import connection

    rounded = {key: round(value, 2) if isinstance(value, float) else value for key, value in values.items()}
    return {"name": name, "rows": ROUNDS, "db": connection.vendor} | rounded


def both_steps() -> list[dict[str, Any]]:
    """Password, then app: each step against what it can't do without."""
    from django.contrib.auth.hashers import check_password
    from django.db import connection, transaction
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from tests.cast import PASSWORD, make_city, make_person
    from tests.login import current_code

    person = make_person("clerk", "佐藤 美咲", make_city().branch)
    first, second, hashing, insert, queries = [], [], [], [], [0, 0]
    for _ in range(ROUNDS):
        client, code = Client(), current_code(person)
        hashing.append(milliseconds(partial(check_password, "wrong", person.password)))
        with CaptureQueriesContext(connection) as seen:
            first.append(milliseconds(partial(client.post, "/login/", {"number": "clerk", "password": PASSWORD})))
        queries[0] = len(seen)

        def bare() -> None:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("INSERT INTO bare (a) VALUES ('x')")

        insert.append(milliseconds(bare))
        with CaptureQueriesContext(connection) as seen:
            second.append(milliseconds(partial(client.post, "/login/second/", {"method": "totp", "code": code})))
        queries[1] = len(seen)
        assert "_auth_user_id" in client.session
    lines = []
    for name, page, bare_times, count in (
        ("login password", first, hashing, queries[0]),
        ("login app", second, insert, queries[1]),
    ):
        page_ms, bare_ms = statistics.median(page), statistics.median(bare_times)
        lines.append(figure(name, page_ms=page_ms, bare_ms=bare_ms, ratio=page_ms / bare_ms, queries=count))
    return lines


def passkey() -> dict[str, Any]:
    """The device's answer to the full session."""
    from django.conf import settings
    from django.test import Client

    from secdesk.core.people.models import Person
    from tests.authenticator import Authenticator
    from tests.login import log_in

    person, client = Person.objects.get(number="clerk"), Client()
    log_in(client, person)
    device = Authenticator(settings.SECDESK_URL, settings.SECDESK_RP_ID, handle=person.handle.bytes)
    asked = client.post("/factors/passkeys/add/options/").json()
    client.post("/factors/passkeys/add/", {"name": "key", "answer_json": device.create(asked)})
    times = []
    for number in range(ROUNDS):
        browser = Client()
        answer = device.but(counter=number + 2).get(browser.post("/login/passkey/options/").json())
        times.append(milliseconds(partial(browser.post, "/login/passkey/", {"answer_json": answer})))
        assert "_auth_user_id" in browser.session
    return figure("login passkey", page_ms=statistics.median(times))


def refusals() -> dict[str, Any]:
    """Medians of unknown, wrong, disabled and locked, and the widest gap between them."""
    from django.contrib.auth.hashers import make_password
    from django.test import Client
    from django.utils import timezone

    from secdesk.accounts.services import limits
    from secdesk.core.people.models import Department, Person
    from tests.cast import make_person

    branch, client = Department.objects.get(code="210"), Client()
    for number in range(ROUNDS):
        make_person(f"known{number}", "在 職", branch)
        make_person(f"off{number}", "停 止", branch, disabled_at=timezone.now())
    make_person("locked", "多 数", branch)
    Person.objects.update(password=make_password("the-right-password-1"))
    for _ in range(limits.SHORT_LIMIT):
        limits.take("locked")
    times: dict[str, list[float]] = {"known": [], "unknown": [], "off": [], "locked": []}
    for number in range(ROUNDS):
        for kind in random.sample(list(times), len(times)):  # so that no kind has a place of its own in the round
            data = {"number": kind if kind == "locked" else f"{kind}{number}", "password": "a-wrong-password-1"}
            times[kind].append(milliseconds(partial(client.post, "/login/", data)))
    medians = {kind: round(statistics.median(spent), 2) for kind, spent in times.items()}
    gap = max(medians.values()) - min(medians.values())
    return figure("login refusals", page_ms=max(medians.values()), gap_ms=gap, limit=GAP_MS, medians=medians)


def main() -> int:
    """Print the figures; 1 when one misses its limit."""
    prepare()
    missed = 0
    for line in (*both_steps(), passkey(), refusals()):
        print(json.dumps(line), flush=True)
        missed += line.get("gap_ms", 0) > line.get("limit", GAP_MS)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
