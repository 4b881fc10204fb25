"""Work that the clock starts: `@job("incidents.remind", cron="*/5 * * * *")` on a function in an app's `jobs.py`.

A job is told the slot it stands for and asks the database "what is due and not yet done": it may be
started again for the same slot when its process died before it had finished. See core/work for the tick.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger
from django.apps import apps

from secdesk.core.ledger.services import SystemActor

TIME_ZONE = ZoneInfo("Asia/Tokyo")
LEASE = dt.timedelta(minutes=5)
_MOMENT = dt.timedelta(microseconds=1)
# How far back to look for the newest slot: a long outage of a job of every minute is not walked minute by minute.
_WINDOWS = tuple(dt.timedelta(seconds=s) for s in (60, 3600, 86_400, 32 * 86_400, 366 * 86_400))


def _never() -> bool:
    return False


@dataclass(frozen=True)
class JobContext:
    """What a job is told: its slot, who it acts as, and whether it should come to an end early."""

    job: str
    slot: dt.datetime
    stopping: Callable[[], bool] = _never

    @property
    def actor(self) -> SystemActor:
        """The job as it stands in the ledger."""
        return SystemActor(self.job)


JobFunction = Callable[[JobContext], object]


@dataclass(frozen=True)
class Job:
    """A function and its clock. With `every_slot` each missed slot is run, else only the newest one."""

    name: str
    trigger: CronTrigger
    function: JobFunction
    every_slot: bool = False
    title: Any = ""  # lazy text for the operator's page
    lease: dt.timedelta = field(default=LEASE)

    def next_slot(self, after: dt.datetime) -> dt.datetime | None:
        """The first slot later than `after`, in UTC."""
        fires: dt.datetime | None = self.trigger.get_next_fire_time(None, (after + _MOMENT).astimezone(TIME_ZONE))
        return fires.astimezone(dt.UTC) if fires else None

    def newest_slot(self, after: dt.datetime, until: dt.datetime) -> dt.datetime | None:
        """The last slot in (after, until], in UTC."""
        for start in (*(max(after, until - window) for window in _WINDOWS), after):
            found, slot = None, self.next_slot(start)
            while slot is not None and slot <= until:
                found, slot = slot, self.next_slot(slot)
            if found is not None or start == after:
                return found
        return None

    def due_slot(self, after: dt.datetime, until: dt.datetime) -> dt.datetime | None:
        """The slot to run now, when the job last finished the slot `after`; None when none is due."""
        if not self.every_slot:
            return self.newest_slot(after, until)
        slot = self.next_slot(after)
        return slot if slot is not None and slot <= until else None


_jobs: dict[str, Job] = {}


def job(
    name: str,
    cron: str,
    *,
    second: str = "0",
    every_slot: bool = False,
    title: Any = "",
    lease: dt.timedelta = LEASE,
) -> Callable[[JobFunction], JobFunction]:
    """Register a function as a job; `cron` is minute, hour, day, month, weekday in Japan's time.

    Raises ValueError for a name used twice and for weekdays as numbers, which crontab and
    APScheduler count differently (write `mon`).
    """

    def register(function: JobFunction) -> JobFunction:
        if name in _jobs:
            raise ValueError(f"two jobs are named {name}")
        _jobs[name] = Job(name, trigger(cron, second), function, every_slot, title, lease)
        return function

    return register


def trigger(cron: str, second: str = "0") -> CronTrigger:
    """The calculator of the slots of a crontab line."""
    minute, hour, day, month, weekday = cron.split()
    if any(letter.isdigit() for letter in weekday):
        raise ValueError(f"{cron!r}: write weekdays as mon, tue, …")
    return CronTrigger(
        second=second, minute=minute, hour=hour, day=day, month=month, day_of_week=weekday, timezone=TIME_ZONE
    )


def registered() -> tuple[Job, ...]:
    """All jobs of the installed apps, by name."""
    discover("jobs")
    return tuple(_jobs[name] for name in sorted(_jobs))


@cache
def discover(module: str) -> None:
    """Import `<module>.py` of each installed app and of the packages right below it (core/outbox/jobs.py)."""
    for app in apps.get_app_configs():
        if (Path(app.path) / f"{module}.py").exists():
            import_module(f"{app.name}.{module}")
        for file in sorted(Path(app.path).glob(f"*/{module}.py")):
            import_module(f"{app.name}.{file.parent.name}.{module}")
