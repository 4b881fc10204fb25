"""Fills one database with a city and its past, once: python -m tests.bench.fill ROWS."""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import sys
import time
from pathlib import Path
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, models, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from incidents import history  # noqa: E402
from incidents.models import Incident, IncidentGrant  # noqa: E402
from incidents.models.incident import TeamBasis  # noqa: E402
from secdesk.core import access  # noqa: E402
from secdesk.core.history import Purpose  # noqa: E402
from secdesk.core.people.models import Department, Person  # noqa: E402
from secdesk.home.demo.city import make_city  # noqa: E402
from tests.incidents.past import stories  # noqa: E402

BUSIEST, QUIETEST = "大南支所", "農政課"  # sections of head1 and head2
BUSY_SHARE = 0.3  # of all incidents belong to the busiest section
QUIET_ROWS = 3
SEALED_EVERY = 200  # one in 200 is sealed, csirt1 on the team of all of them
WHOLE = 10_000  # so many have their whole story; the other rows of the table are copies of theirs


def ready() -> Path:
    """Stands beside the database when it is full."""
    name = str(settings.DATABASES["default"]["NAME"])
    return settings.SECDESK_VAR / f"{Path(name).stem}-{connection.vendor}.ready"


def fill(rows: int) -> None:
    """City, incidents, seals."""
    call_command("migrate", verbosity=0)
    if not Person.objects.exists():
        make_city(people_per_section=2)
    made = min(rows, WHOLE)
    began = time.monotonic()
    history.load_incidents(_stories(made), purpose=Purpose.BENCHMARK)
    took = time.monotonic() - began
    figure = {
        "name": "history.load", "rows": made, "db": connection.vendor, "data_ms": round(took * 1000), "bare_ms": None,
        "ratio": None, "limit": None, "page_ms": None, "queries": None, "mb": None,
    }  # fmt: skip
    print(json.dumps(figure))
    while (count := Incident.objects.count()) < rows:
        _copy(min(count, rows - count))
    _quiet()
    _seal()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bench_bare (id BIGINT, text VARCHAR(200))")
        if connection.vendor == "postgresql":  # as its autovacuum would soon do
            cursor.execute("ANALYZE")
    ready().touch()


def _stories(count: int) -> Any:
    sections = list(Department.objects.exclude(bureau=models.F("pk")).exclude(name=QUIETEST))
    others = (1 - BUSY_SHARE) / (len(sections) - 1)
    people = list(Person.objects.filter(postings__isnull=False).exclude(postings__department__name=QUIETEST).distinct())
    return stories(
        count,
        reporters=random.Random(1).sample(people, min(100, len(people))),
        csirt=list(Person.objects.filter(number__in=("csirt1", "csirt2"))),
        sections=sections,
        weights=[BUSY_SHARE if section.name == BUSIEST else others for section in sections],
        until=timezone.now(),
        days=3650,
    )


def _copy(number: int) -> None:
    """Double the table by SQL: same rows with new ids and references."""
    table = Incident._meta.db_table
    fields = [field.column for field in Incident._meta.concrete_fields if field.column not in ("id", "reference")]
    last = Incident.objects.aggregate(last=models.Max("pk"))["last"]
    columns = ", ".join(f'"{column}"' for column in fields)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" (id, reference, {columns})'
            f" SELECT id + %s, 'C' || (id + %s), {columns} FROM \"{table}\" ORDER BY id LIMIT %s",
            [last, last, number],
        )


def _quiet() -> None:
    """Give the quietest section its few, spread over the years."""
    section = Department.objects.select_related("bureau").get(name=QUIETEST)
    count = Incident.objects.count()
    ids = list(Incident.objects.order_by("pk").values_list("pk", flat=True)[1 : count : max(count // 4, 1)])
    Incident.objects.filter(pk__in=ids[:QUIET_ROWS]).update(
        owning_section=section, department=section, bureau=section.bureau, organ_id=section.organ_id
    )


def _seal() -> None:
    from django.contrib.auth.models import Permission

    member = Person.objects.get(number="csirt1")
    permission = Permission.objects.get(codename=TeamBasis.ROLE.value, content_type__app_label="incidents")
    last = Incident.objects.aggregate(last=models.Max("pk"))["last"]
    ids = range(SEALED_EVERY, last + 1, SEALED_EVERY)
    for start in range(0, len(ids), 500):
        some = list(Incident.objects.filter(pk__in=ids[start : start + 500]).values_list("pk", flat=True))
        Incident.objects.filter(pk__in=some).update(sealed=True)
        IncidentGrant.objects.bulk_create(
            IncidentGrant(user=member, permission=permission, content_object_id=pk) for pk in some
        )
    assert access.holds(member, history.LIFE_CYCLE.moves["accept"].permission)


def main() -> int:
    """Fill, unless it is full."""
    if not ready().exists():
        print(f"filling {settings.DATABASES['default']['NAME']}", file=sys.stderr)
        began = dt.datetime.now(dt.UTC)
        fill(int(sys.argv[1]))
        print(f"filled in {dt.datetime.now(dt.UTC) - began} by process {os.getpid()}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
