"""`manage.py run_scheduler`: the clock of the desk, in a process of its own."""

from __future__ import annotations

import datetime as dt
import logging
import signal
import threading
from argparse import ArgumentParser
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from apscheduler.events import EVENT_SCHEDULER_STARTED
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.interval import IntervalTrigger
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connections

from secdesk.core.desk.start import start_safely
from secdesk.core.jobs import TIME_ZONE, Job, registered
from secdesk.core.work.leases import new_holder
from secdesk.core.work.services import retire, tick, work_off

log = logging.getLogger("secdesk.work")

TICK_SECONDS = 20.0
THREADS = 8
_EPOCH = dt.datetime(2026, 1, 1, tzinfo=TIME_ZONE)  # ticks fall on :00, :20, :40


class Command(BaseCommand):
    help = "Run the jobs of the desk by the clock until SIGTERM or Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tick", type=float, default=TICK_SECONDS, help="seconds between two ticks (20)")

    def handle(self, *args: Any, **options: Any) -> None:
        start_safely()
        Scheduler(options["tick"], registered()).run()


class Scheduler:
    """APScheduler with one tick; the due jobs run in threads so that a long one delays no other."""

    def __init__(self, seconds: float, jobs: Sequence[Job]) -> None:
        self.holder = new_holder()
        self.jobs = jobs
        self.stopping = threading.Event()
        self.active: set[str] = set()
        self.pool = ThreadPoolExecutor(THREADS, thread_name_prefix="job")
        self.clock = BlockingScheduler(timezone=TIME_ZONE)
        self.clock.add_job(
            self.tick,
            IntervalTrigger(seconds=seconds, start_date=_EPOCH, timezone=TIME_ZONE),
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
        self.clock.add_job(self.tick)  # and once at the start
        self.clock.add_listener(self.listen_to_signals, EVENT_SCHEDULER_STARTED)

    def run(self) -> None:
        """Block until a signal; then let running jobs come to their end."""
        self.clock.start()
        self.pool.shutdown(wait=True)
        retire(self.holder)

    def listen_to_signals(self, _event: Any) -> None:
        """Only a running clock can be stopped in good order; before that the signal's own effect is right."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.stop)

    def stop(self, *_signal: Any) -> None:
        """Signal handler; the clock takes locks, so another thread shuts it down."""
        self.stopping.set()
        threading.Thread(target=self.clock.shutdown, kwargs={"wait": True}).start()

    def tick(self) -> None:
        """Hand what is due to the threads. A database that doesn't answer is asked again at the next tick."""
        try:
            tick(self.jobs, self.holder, execute=self.submit)
        except DatabaseError as error:
            log.error("the tick did not reach the database: %s", type(error).__name__)
        finally:
            connections.close_all()

    def submit(self, job: Job) -> None:
        """Start a thread on the job unless this process is at it already."""
        if job.name not in self.active and not self.stopping.is_set():
            self.active.add(job.name)
            self.pool.submit(self.work, job)

    def work(self, job: Job) -> None:
        """Run the job's due slots in this thread, then let the thread's connections go."""
        try:
            work_off(job, self.holder, self.stopping.is_set)
        except Exception as error:  # the lease runs out and the slot is taken over
            log.error("job %s could not be run: %s", job.name, type(error).__name__)
        finally:
            connections.close_all()
            self.active.discard(job.name)
