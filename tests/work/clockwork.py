"""A process that makes schedulers by fork, so that a test can kill and replace one in milliseconds.

Each line on its standard input makes one more; it answers with the process id. The jobs have a slot
every second and write down when they enter and leave.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import signal
import sys
import time

ANSWERS = os.fdopen(os.dup(1), "w")
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the log of the schedulers goes nowhere

import django  # noqa: E402

django.setup()

from django.db import transaction  # noqa: E402

from secdesk.core.jobs import Job, JobContext, trigger  # noqa: E402
from secdesk.core.management.commands.run_scheduler import Scheduler  # noqa: E402
from secdesk.core.outbox import sending  # noqa: E402
from secdesk.core.outbox.services import enqueue  # noqa: E402
from secdesk.core.people.models import Person  # noqa: E402

LEASE = dt.timedelta(seconds=float(os.environ.get("CLOCK_LEASE", "3")))
TICK_SECONDS = 0.2
sending.LEASE = LEASE


def note(word: str, context: JobContext) -> None:
    """One line in the log, whole even when several processes write."""
    line = f"{time.monotonic_ns()} {word} {context.job} {os.getpid()} {context.slot.isoformat()}\n"
    descriptor = os.open(os.environ["CLOCK_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(descriptor, line.encode())
    os.close(descriptor)


def each(context: JobContext) -> None:
    """What is due and not yet done: one mail for each slot."""
    note("enter", context)
    time.sleep(random.uniform(0, 0.15))
    with transaction.atomic():
        enqueue("test", to=Person.objects.get(number="reader"), dedupe_key=context.slot.isoformat())
        time.sleep(random.uniform(0, 0.05))
    time.sleep(random.uniform(0, 0.1))
    note("leave", context)


def newest(context: JobContext) -> None:
    """Only the newest slot counts."""
    note("enter", context)
    time.sleep(random.uniform(0, 0.2))
    note("leave", context)


def send(context: JobContext) -> None:
    """The real sending."""
    note("enter", context)
    sending.send_due(context.stopping)
    note("leave", context)


JOBS = (
    Job("clock.each", trigger("* * * * *", "*"), each, every_slot=True, lease=LEASE),
    Job("clock.newest", trigger("* * * * *", "*"), newest, lease=LEASE),
    Job("clock.send", trigger("* * * * *", "*"), send, lease=LEASE),
)


def main() -> None:
    """Fork on demand."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries them
    for _line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            Scheduler(TICK_SECONDS, JOBS).run()
            os._exit(0)
        print(pid, file=ANSWERS, flush=True)


if __name__ == "__main__":
    main()
