"""Three schedulers, killed 200 times at random points: no slot missed, each done once, every mail out."""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.outbox.mail_server import MailServer, mail_server
from tests.processes import ROOT, Installation, alive, installation, wait_until

KILLS = 200
STORY = """
import json
from django.db.models import Count
from secdesk.core.work.models import JobRun
from secdesk.core.outbox.models import OutboxMessage as M
runs = JobRun.objects.order_by("slot")
print(json.dumps({
    "each": [r.slot.isoformat() for r in runs.filter(job="clock.each", outcome="done")],
    "newest": [r.slot.isoformat() for r in runs.filter(job="clock.newest", outcome="done")],
    "outcomes": list(runs.values_list("job", "outcome").annotate(Count("id")).order_by()),
    "base": runs.filter(job="clock.each", outcome="baseline").get().slot.isoformat(),
    "mails": dict(M.objects.values_list("dedupe_key", "message_id")),
    "states": dict(M.objects.values_list("status").annotate(Count("id")).order_by()),
    "retaken": JobRun.objects.filter(attempt__gt=1).count(),
}))
"""


READER = """
from secdesk.core.people.models import Person
Person.objects.create(number="reader", name="x", email="reader@city.example.jp")
"""
CAUGHT_UP = """
import datetime as dt
from django.utils import timezone
from secdesk.core.work.models import JobRun
recent = timezone.now() - dt.timedelta(seconds=8)
print(JobRun.objects.filter(job="clock.each", outcome="done", slot__gte=recent).exists())
"""
SEND_THE_REST = """
from secdesk.core.outbox.models import OutboxMessage
from secdesk.core.outbox.sending import send_due
send_due()
print(OutboxMessage.objects.exclude(status="sent").count())
"""


@dataclass
class Schedulers:
    """Three at a time."""

    zygote: subprocess.Popen[str]
    pids: list[int] = field(default_factory=list)
    killed: dict[int, int] = field(default_factory=dict)  # pid: time in ns

    def add(self) -> None:
        assert self.zygote.stdin is not None
        assert self.zygote.stdout is not None
        self.zygote.stdin.write("one more\n")
        self.zygote.stdin.flush()
        self.pids.append(int(self.zygote.stdout.readline()))

    def kill_one(self) -> None:
        pid = self.pids.pop(random.randrange(len(self.pids)))
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not alive(pid))
        self.killed[pid] = time.monotonic_ns()
        self.add()

    def stop(self) -> None:
        for pid in self.pids:
            os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not any(alive(pid) for pid in self.pids))

    def end(self) -> None:
        """Whatever happened, nothing stays behind."""
        for pid in self.pids:
            if alive(pid):
                os.kill(pid, signal.SIGKILL)
        self.zygote.kill()
        self.zygote.communicate()


def overlaps(log: str, killed: dict[int, int]) -> list[str]:
    """Jobs that were entered while another process was still inside."""
    inside: dict[str, tuple[int, int]] = {}
    found = []
    for line in log.splitlines():
        at, word, job, pid, _slot = line.split()
        if word == "leave":
            if inside.get(job, (0, 0))[0] == int(pid):
                del inside[job]
            continue
        if job in inside and not killed.get(inside[job][0], sys.maxsize) <= int(at):
            found.append(f"{line} while {inside[job]}")
        inside[job] = (int(pid), int(at))
    return found


def run_story(desk: Installation, folder: Path) -> tuple[Schedulers, str]:
    """Kill and replace; afterwards let the three catch up, and stop them in good order."""
    desk.python(READER)
    log = folder / "clock.log"
    zygote = subprocess.Popen(
        [sys.executable, "-m", "tests.work.clockwork"], env={**desk.env, "CLOCK_LOG": str(log)}, cwd=ROOT,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    schedulers = Schedulers(zygote)
    try:
        for _one in range(3):
            schedulers.add()
        wait_until(lambda: log.exists() and "clock.each" in log.read_text())
        for _kill in range(KILLS):
            time.sleep(random.uniform(0.05, 0.6))  # the point at which one dies
            schedulers.kill_one()
        wait_until(lambda: desk.python(CAUGHT_UP) == "True", seconds=120)
        schedulers.stop()
        wait_until(lambda: desk.python(SEND_THE_REST) == "0")
    finally:
        schedulers.end()
    return schedulers, log.read_text()


@pytest.mark.hard
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_nothing_missed_and_each_slot_done_once(tmp_path: Path) -> None:
    with mail_server() as (server, port), installation(tmp_path, SECDESK_MAIL_URL=f"smtp://127.0.0.1:{port}") as desk:
        schedulers, log = run_story(desk, tmp_path)
        story = json.loads(desk.python(STORY))
    assert len(schedulers.killed) == KILLS
    cut = log.count(" enter ") - log.count(" leave ")
    print(f"{len(story['each'])} slots, {cut} killed inside a job, {story['retaken']} runs taken over, "
          f"{len(server.taken)} mails for {len(story['mails'])}, {story['outcomes']}")  # fmt: skip
    assert cut >= KILLS // 10  # the kills did hit
    assert overlaps(log, schedulers.killed) == []
    every_second(story)
    every_mail(story, server)


def every_second(story: dict[str, list[str]]) -> None:
    """From the first slot after the baseline to the last there is one run for each second."""
    slots = [dt.datetime.fromisoformat(slot) for slot in story["each"]]
    first = dt.datetime.fromisoformat(str(story["base"]))
    assert 0 < (slots[0] - first).total_seconds() <= 1
    assert slots == [slots[0] + dt.timedelta(seconds=number) for number in range(len(slots))]
    assert len(slots) > 50
    newest = [dt.datetime.fromisoformat(slot) for slot in story["newest"]]
    assert len(newest) == len(set(newest))


def every_mail(story: dict[str, dict[str, str]], server: MailServer) -> None:
    """Each slot wrote one mail, each mail went out; one that went twice has one Message-ID, and a kill behind it."""
    assert sorted(story["mails"]) == sorted(story["each"])
    assert set(story["states"]) == {"sent"}
    sent = Counter(server.ids())
    assert set(sent) == set(story["mails"].values())
    doubles = sum(count - 1 for count in sent.values())
    assert doubles <= KILLS
    print(f"{doubles} doubles")
