"""Slots, leases and the tick."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
import time_machine

from secdesk.core.jobs import TIME_ZONE, Job, JobContext, registered, trigger
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.models import LedgerEntry
from secdesk.core.work.jobs import sweep
from secdesk.core.work.models import JobRun, SchedulerBeat
from secdesk.core.work.services import MAX_ATTEMPTS, claim, perform, plan, tick

Outcome = JobRun.Outcome


def jst(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=TIME_ZONE)  # type: ignore[misc, arg-type]


def make_job(function: Callable[[JobContext], object], cron: str = "*/5 * * * *", **fields: object) -> Job:
    return Job("test.job", trigger(cron), function, **fields)  # type: ignore[arg-type]


class Recorder:
    """A job that remembers its slots, and fails while told to."""

    def __init__(self) -> None:
        self.slots: list[dt.datetime] = []
        self.fails = False

    def __call__(self, context: JobContext) -> None:
        if self.fails:
            raise ValueError("支援措置の住所")  # must never reach the database
        self.slots.append(context.slot.astimezone(TIME_ZONE))


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


def test_newest_slot_agrees_with_walking_slot_by_slot() -> None:
    start, end = jst(2026, 1, 15, 3, 0), jst(2026, 4, 1, 8, 30)
    for cron in ("*/5 * * * *", "0 0 1 * *", "30 1 * * mon", "0 9 * * mon-fri", "15 2 1 4 *", "0 0 29 2 *"):
        job = make_job(lambda context: None, cron)
        walked, slot = None, job.next_slot(start)
        while slot is not None and slot <= end:
            walked, slot = slot, job.next_slot(slot)
        assert job.newest_slot(start, end) == walked, cron


def test_weekdays_are_written_as_names() -> None:
    monday = make_job(lambda context: None, "0 9 * * mon").next_slot(jst(2026, 11, 24))
    assert monday is not None
    assert monday.astimezone(TIME_ZONE) == jst(2026, 11, 30, 9)
    with pytest.raises(ValueError, match="mon"):
        trigger("0 9 * * 1")


def test_a_job_seen_for_the_first_time_is_not_run_back(db: None, recorder: Recorder) -> None:
    job = make_job(recorder)
    with time_machine.travel(jst(2026, 3, 31, 12, 2), tick=False):
        tick([job], "a")
        assert recorder.slots == []
    with time_machine.travel(jst(2026, 3, 31, 12, 5), tick=False):
        tick([job], "a")
        tick([job], "a")
    assert recorder.slots == [jst(2026, 3, 31, 12, 5)]


def test_a_desk_off_over_midnight_of_april_1_runs_what_it_missed_once(db: None) -> None:
    yearly, minutely, each = Recorder(), Recorder(), Recorder()
    jobs = [
        Job("yearly", trigger("0 0 1 4 *"), yearly),
        Job("minutely", trigger("* * * * *"), minutely),
        Job("each", trigger("0 * * * *"), each, every_slot=True),
    ]
    with time_machine.travel(jst(2026, 3, 31, 21, 30), tick=False):
        tick(jobs, "a")
    with time_machine.travel(jst(2026, 4, 1, 8, 0, 20), tick=False):
        tick(jobs, "b")
        tick(jobs, "c")
    assert yearly.slots == [jst(2026, 4, 1)]
    assert minutely.slots == [jst(2026, 4, 1, 8)]  # coalesced to the newest
    assert each.slots == [jst(2026, 3, 31, 22) + dt.timedelta(hours=hour) for hour in range(11)]
    with time_machine.travel(jst(2026, 4, 2, 8), tick=False):
        tick(jobs, "a")
    assert yearly.slots == [jst(2026, 4, 1)]


def test_48_hours_off(db: None, recorder: Recorder) -> None:
    job = make_job(recorder, "0 8 * * *", every_slot=True)
    with time_machine.travel(jst(2026, 5, 1, 9), tick=False):
        tick([job], "a")
    with time_machine.travel(jst(2026, 5, 3, 9), tick=False):
        tick([job], "a")
    assert recorder.slots == [jst(2026, 5, 2, 8), jst(2026, 5, 3, 8)]


def test_only_one_process_gets_a_slot_and_a_dead_ones_lease_is_taken_over(db: None, recorder: Recorder) -> None:
    job = make_job(recorder)
    with time_machine.travel(jst(2026, 3, 31, 12), tick=False):
        tick([job], "a")
    with time_machine.travel(jst(2026, 3, 31, 12, 5), tick=False):
        dead = claim(job, "dead")  # and its process is killed
        assert dead is not None
        assert claim(job, "b") is None
    with time_machine.travel(jst(2026, 3, 31, 12, 9, 59), tick=False):
        tick([job], "b")
        assert recorder.slots == []
    with time_machine.travel(jst(2026, 3, 31, 12, 10, 1), tick=False):
        tick([job], "b")
        assert recorder.slots == [jst(2026, 3, 31, 12, 10)]  # the newest, once
        perform(job, dead)  # the process was only asleep: what it writes changes nothing
    outcomes = dict(JobRun.objects.values_list("slot", "outcome"))
    assert outcomes[jst(2026, 3, 31, 12, 5)] == Outcome.SUPERSEDED
    assert outcomes[jst(2026, 3, 31, 12, 10)] == Outcome.DONE


def test_a_killed_slot_of_an_every_slot_job_is_run_again(db: None, recorder: Recorder) -> None:
    job = make_job(recorder, every_slot=True)
    with time_machine.travel(jst(2026, 3, 31, 12), tick=False):
        tick([job], "a")
    with time_machine.travel(jst(2026, 3, 31, 12, 5), tick=False):
        assert claim(job, "dead") is not None
    with time_machine.travel(jst(2026, 3, 31, 12, 16), tick=False):
        tick([job], "b")
    assert recorder.slots == [jst(2026, 3, 31, 12, minute) for minute in (5, 10, 15)]
    assert JobRun.objects.get(slot=jst(2026, 3, 31, 12, 5)).attempt == 2


def test_a_failing_slot_is_tried_again_and_leaves_no_message_behind(db: None, recorder: Recorder) -> None:
    job = make_job(recorder, "0 0 1 4 *")
    with time_machine.travel(jst(2026, 3, 31, 23), tick=False):
        tick([job], "a")
    recorder.fails = True
    with time_machine.travel(jst(2026, 4, 1), tick=False) as clock:
        tick([job], "a")
        run = JobRun.objects.get(outcome=Outcome.WAITING)
        assert run.error.startswith("ValueError test_jobs.py:")
        assert "住所" not in str(JobRun.objects.values_list())
        tick([job], "a")
        assert JobRun.objects.get(pk=run.pk).attempt == 1
        clock.shift(dt.timedelta(minutes=1))
        recorder.fails = False
        tick([job], "b")
    assert recorder.slots == [jst(2026, 4, 1)]
    run.refresh_from_db()
    assert (run.outcome, run.attempt, run.error) == (Outcome.DONE, 2, "")


def test_a_slot_that_keeps_failing_is_given_up_in_the_ledger(db: None, recorder: Recorder) -> None:
    job = make_job(recorder, "0 0 1 4 *")
    with time_machine.travel(jst(2026, 3, 31, 23), tick=False):
        tick([job], "a")
    recorder.fails = True
    with time_machine.travel(jst(2026, 4, 1), tick=False) as clock:
        for _attempt in range(MAX_ATTEMPTS + 3):
            tick([job], "a")
            clock.shift(dt.timedelta(hours=1))
    run = JobRun.objects.get(outcome=Outcome.FAILED)
    assert run.attempt == MAX_ATTEMPTS
    assert LedgerEntry.objects.filter(event=Event.JOB_GIVEN_UP, target_id=run.pk).count() == 1


def test_a_clock_that_ran_ahead_does_not_stop_the_jobs(db: None, recorder: Recorder) -> None:
    job = make_job(recorder)
    with time_machine.travel(jst(2030, 1, 1), tick=False):
        tick([job], "a")
    with time_machine.travel(jst(2026, 3, 31, 12), tick=False):
        tick([job], "a")
    with time_machine.travel(jst(2026, 3, 31, 12, 5), tick=False):
        tick([job], "a")
    assert recorder.slots == [jst(2026, 3, 31, 12, 5)]


def test_the_tick_says_that_its_scheduler_lives(db: None) -> None:
    tick([], "a")
    tick([], "a")
    assert SchedulerBeat.objects.filter(holder="a").count() == 1


def test_the_sweep_keeps_the_last_run_of_each_job_and_a_year_of_trouble(db: None, recorder: Recorder) -> None:
    job = make_job(recorder, every_slot=True)
    with time_machine.travel(jst(2026, 3, 1, 0, 1), tick=False) as clock:
        tick([job], "a")
        clock.shift(dt.timedelta(hours=1))
        tick([job], "a")
        JobRun.objects.filter(slot=jst(2026, 3, 1, 0, 30)).update(outcome=Outcome.FAILED)
        clock.shift(dt.timedelta(days=30))
        sweep(JobContext("work.sweep", clock_now()))
        assert list(JobRun.objects.order_by("slot").values_list("outcome", flat=True)) == [
            Outcome.BASELINE, Outcome.FAILED, Outcome.DONE,
        ]  # fmt: skip
        clock.shift(dt.timedelta(days=366))
        sweep(JobContext("work.sweep", clock_now()))
        assert Outcome.FAILED not in JobRun.objects.values_list("outcome", flat=True)
        assert plan(job, clock_now()) is not None


def clock_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def test_every_registered_job_has_a_title_and_a_slot_within_a_year() -> None:
    now = clock_now()
    names = [job.name for job in registered()]
    assert "work.sweep" in names
    for job in registered():
        slot = job.next_slot(now)
        assert slot is not None
        assert slot - now <= dt.timedelta(days=366), job.name
        assert str(job.title), f"{job.name} needs a title for the operator's page"
