"""Measures one database: python -m tests.bench.measure ROWS."""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import django

django.setup()

from django.db import connection, models, transaction  # noqa: E402
from django.http import QueryDict  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext, setup_test_environment  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone, translation  # noqa: E402

from incidents.lists import INCIDENTS  # noqa: E402
from incidents.models import Incident  # noqa: E402
from incidents.permissions import IncidentPerm  # noqa: E402
from incidents.selectors import timeline_of  # noqa: E402
from incidents.services import life, reporting  # noqa: E402
from secdesk.core.lists.paging import PAGE_SIZE, Cursor, Order  # noqa: E402
from secdesk.core.people.models import Person  # noqa: E402
from secdesk.home.demo.city import DEMO_PASSWORD  # noqa: E402
from tests.bench.fill import BUSIEST, QUIETEST  # noqa: E402
from tests.login import current_code, log_in  # noqa: E402

ROWS = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 0
REPEAT = 25
# On a machine that others keep busy, `SECDESK_BENCH_CLOCK=cpu` counts this process's own work: SQLite only.
CLOCK = time.process_time if os.environ.get("SECDESK_BENCH_CLOCK") == "cpu" else time.perf_counter
READ_LIMIT, WRITE_LIMIT = 3.0, 4.0
REQUESTS = 1_000
WORKER_MB = 200


def person(number: str) -> Person:
    """A person with nothing cached."""
    return Person.objects.get(number=number)


def milliseconds(acts: Iterable[Callable[[], object]]) -> float:
    """Median time of the acts."""
    times = []
    for act in acts:
        began = CLOCK()
        act()
        times.append((CLOCK() - began) * 1000)
    return statistics.median(times)


def memory() -> float:
    """Resident memory of this process in MB."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)


def figure(
    name: str,
    *,
    data: float | None = None,
    bare: float | None = None,
    limit: float | None = None,
    page: float | None = None,
    queries: int | None = None,
    **more: object,
) -> None:
    """Print one line."""
    line = {
        "name": name,
        "rows": ROWS,
        "db": connection.vendor,
        "data_ms": None if data is None else round(data, 2),
        "bare_ms": None if bare is None else round(bare, 2),
        "ratio": None if data is None or not bare else round(data / bare, 2),
        "limit": limit,
        "page_ms": None if page is None else round(page, 1),
        "queries": queries,
        "mb": round(memory()),
    }
    if CLOCK is time.process_time:
        line["clock"] = "cpu"
    print(json.dumps(line | more, ensure_ascii=False), flush=True)


# --- reading ---------------------------------------------------------------------------------------


def page_of(client: Client, path: str) -> tuple[float, int]:
    """Median time of the whole view in process, and its queries."""
    response = client.get(path)
    assert response.status_code == 200, (path, response.status_code)
    with CaptureQueriesContext(connection) as caught:
        client.get(path)
        queries = len(caught)
    return milliseconds([lambda: client.get(path)] * REPEAT), queries


def interleaved(one: list[Callable[[], object]], other: list[Callable[[], object]]) -> tuple[float, float]:
    """Medians of two kinds of acts, taken in turns so that a busy machine slows both alike."""
    one[0]()
    other[0]()
    first, second = [], []
    for left, right in zip(one, other, strict=True):
        first.append(milliseconds([left]))
        second.append(milliseconds([right]))
    return statistics.median(first), statistics.median(second)


def measure_list(name: str, number: str, query: str, bare: models.QuerySet[Any]) -> None:
    """One person's incident list. `bare` is the barest query that gives as many rows with the same joins."""
    people = [person(number) for _ in range(REPEAT)]

    def data(reader: Person) -> None:
        asked = INCIDENTS.request(reader, QueryDict(query))
        assert asked.is_valid
        assert asked.rows
        assert asked.count.number

    barest = bare.select_related(*INCIDENTS.related)[:PAGE_SIZE]
    data_ms, bare_ms = interleaved(
        [lambda reader=reader: data(reader) for reader in people],  # type: ignore[misc]
        [lambda: list(barest.all())] * REPEAT,
    )
    client = Client()
    log_in(client, person(number), password=DEMO_PASSWORD)
    page_ms, queries = page_of(client, f"{reverse('incidents:list')}?{query}")
    figure(
        f"incidents.list {name}", data=data_ms, bare=bare_ms, limit=READ_LIMIT, page=page_ms, queries=queries
    )  # fmt: skip


def measure_lists() -> None:
    """All readers and the pages they open."""
    newest = Incident.objects.order_by("-pk")
    middle = newest[Incident.objects.count() // 2]
    known = Incident.objects.order_by("-known_at", "-pk")
    deep = f"after={Cursor.at(middle, Order('id', True), 1).encode()}"
    measure_list("csirt", "csirthead1", "", newest)
    measure_list("csirt, deep page", "csirthead1", deep, newest.filter(pk__lt=middle.pk))
    measure_list("csirt, by time known", "csirthead1", "sort=-known_at", known)
    measure_list("csirt, sealed present", "csirt1", "", newest)
    measure_list("csirt, not accepted", "csirthead1", "state=new", newest.filter(status="new"))
    open_ones = newest.filter(status__in=("new", "checking", "handling", "preventing"))
    measure_list("csirt, nobody in charge", "csirthead1", "owner=none&state=open", open_ones.filter(owner=None))
    busiest, quietest = (person(number).department for number in ("head1", "head2"))
    assert busiest is not None
    assert busiest.name == BUSIEST
    assert quietest is not None
    assert quietest.name == QUIETEST
    measure_list("head, busiest section", "head1", "", newest.filter(owning_section=busiest))
    measure_list(
        "head, busiest section, by time known", "head1", "sort=-known_at", known.filter(owning_section=busiest)
    )
    measure_list("head, quietest section", "head2", "", newest.filter(owning_section=quietest))
    measure_list("bureau head", "bureau1", "", newest.filter(bureau=busiest.bureau))


def measure_detail() -> None:
    """The page of one incident with its whole story."""
    incident = Incident.objects.filter(status="handling", sealed=False, timeline__isnull=False).order_by("pk").last()
    assert incident is not None

    def data() -> None:
        seen = Incident.objects.get_for(person("csirthead1"), IncidentPerm.VIEW, pk=incident.pk)
        timeline_of(seen)

    client = Client()
    log_in(client, person("csirthead1"), password=DEMO_PASSWORD)
    page_ms, queries = page_of(client, incident.get_absolute_url())
    figure("incidents.detail", data=milliseconds([data] * REPEAT), page=page_ms, queries=queries)


# --- writing ---------------------------------------------------------------------------------------


def _bare_insert() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_bare (id, text) VALUES (1, %s)", ["x" * 100])


def measure_writes() -> None:
    """Report and move against one bare insert with its commit, taken in turns."""
    clerk, csirt = person("clerk1"), person("csirt2")
    made: list[Incident] = []

    def report() -> None:
        answers = reporting.Report(what="会議の資料を置き忘れた。", noticed_at=timezone.now(), concerns=["media"])
        made.append(reporting.report_incident(answers, by=clerk))

    bare = [_bare_insert] * (2 * REPEAT)
    for name, acts in (
        ("incidents.report", [report] * (2 * REPEAT)),
        ("incidents.move", [lambda: life.accept(made.pop(), by=csirt)] * (2 * REPEAT)),
    ):
        data_ms, bare_ms = interleaved(acts, bare)
        figure(name, data=data_ms, bare=bare_ms, limit=WRITE_LIMIT)


def measure_log_in() -> None:
    """Both steps with a real password hash."""
    clerk = person("clerk1")
    code = current_code(clerk)
    client = Client()
    times = []
    for _ in range(5):
        code = current_code(clerk)
        began = CLOCK()
        client.post(reverse("accounts:login"), {"number": clerk.number, "password": DEMO_PASSWORD})
        client.post(reverse("accounts:second_factor"), {"method": "totp", "code": code})
        times.append((CLOCK() - began) * 1000)
        assert "_auth_user_id" in client.session
        client.post(reverse("accounts:logout"))
    figure("login (password and code)", page=statistics.median(times))


def measure_worker() -> None:
    """Memory after a thousand requests in one process."""
    client = Client()
    log_in(client, person("csirthead1"), password=DEMO_PASSWORD)
    for _ in range(REQUESTS):
        client.get(reverse("incidents:list"))
    figure(f"worker after {REQUESTS} requests", limit_mb=WORKER_MB)


def main() -> int:
    """Measure everything this size is for."""
    setup_test_environment(debug=False)
    with translation.override("ja"):
        measure_lists()
        measure_detail()
        measure_writes()
        measure_log_in()
        if ROWS == 100_000:
            measure_worker()
    return 0


if __name__ == "__main__":
    sys.exit(main())
