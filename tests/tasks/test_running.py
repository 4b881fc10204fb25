"""Long work under leases: progress, cancel, death and resumption, rights, results."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from secdesk.core.jobs import JobContext
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.models import LedgerDetails, LedgerEntry
from secdesk.core.ledger.services import SystemActor
from secdesk.core.people.models import Person, RoleAssignment
from secdesk.core.tasks.jobs import sweep
from secdesk.core.tasks.models import Task
from secdesk.core.tasks.results import Damaged, folder, path_of
from secdesk.core.tasks.running import LEASE, MAX_ATTEMPTS, run_waiting, take
from secdesk.core.tasks.services import cancel_task, open_result, start_task, withdraw_results
from tests.tasks.kinds import Hooks

pytestmark = pytest.mark.django_db
Status, Reason = Task.Status, Task.Reason
LEASE_OVER = LEASE + dt.timedelta(seconds=1)


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    Hooks.at_step.clear()
    Hooks.seen.clear()
    yield
    for file in folder().iterdir():
        file.unlink()


def again(task: Task) -> Task:
    return Task.objects.get(pk=task.pk)


def content(task: Task, by: Person) -> bytes:
    return b"".join(open_result(again(task), by=by))


class TestRun:
    def test_done_with_its_progress_and_its_story(self, cast: dict[str, Person]) -> None:
        task = start_task("test.count", by=cast["office"], params={"to": 5})
        assert run_waiting() == 1
        done = again(task)
        assert (done.status, done.done, done.total, done.attempt) == (Status.DONE, 5, 5, 1)
        story = LedgerEntry.objects.filter(target_type="core.task", target_id=task.pk).order_by("id")
        assert [entry.event for entry in story] == [Event.TASK_QUEUED, Event.TASK_BEGUN, Event.TASK_DONE]
        assert story[0].actor == f"person:{cast['office'].pk}"

    def test_oldest_first(self, cast: dict[str, Person]) -> None:
        tasks = [start_task("test.count", by=cast["office"], params={"to": 1}) for _n in range(3)]
        assert [take("a"), take("a"), take("b"), take("b")] == [*tasks, None]

    def test_an_error_is_kept_without_its_message(self, cast: dict[str, Person]) -> None:
        task = start_task("test.break", by=cast["office"])
        run_waiting()
        done = again(task)
        assert (done.status, done.reason) == (Status.FAILED, Reason.ERROR)
        assert done.error.startswith("ValueError kinds.py:")
        assert "花子" not in str([*Task.objects.values(), *LedgerDetails.objects.values()])

    def test_an_unknown_kind_and_a_missing_right_are_refused(self, cast: dict[str, Person]) -> None:
        with pytest.raises(KeyError):
            start_task("no.such", by=cast["office"])
        with pytest.raises(PermissionDenied):
            start_task("test.export", by=cast["clerk"])
        assert not Task.objects.exists()


class TestCancel:
    def test_waiting_work_is_cancelled_at_once(self, cast: dict[str, Person]) -> None:
        task = start_task("test.count", by=cast["office"], params={"to": 5})
        cancel_task(task, by=cast["office"])
        assert again(task).status == Status.CANCELLED
        assert run_waiting() == 0

    def test_running_work_ends_at_its_next_step(self, cast: dict[str, Person]) -> None:
        task = start_task("test.count", by=cast["office"], params={"to": 50})
        Hooks.at_step[20] = lambda context: cancel_task(again(task), by=cast["office"])
        run_waiting()
        assert again(task).status == Status.CANCELLED
        assert Hooks.seen == list(range(21))  # not swallowed by the kind's own error handling
        entry = LedgerEntry.objects.get(event=Event.TASK_CANCELLED)
        assert entry.actor == f"person:{cast['office'].pk}"

    def test_what_is_over_stays_as_it_is(self, cast: dict[str, Person]) -> None:
        task = start_task("test.count", by=cast["office"], params={"to": 1})
        run_waiting()
        cancel_task(again(task), by=cast["office"])
        assert again(task).status == Status.DONE


class TestDeath:
    def test_resumable_work_goes_on_where_it_was(self, cast: dict[str, Person]) -> None:
        task = start_task("test.count", by=cast["office"], params={"to": 6})

        def die(context: Any) -> None:
            raise SystemExit  # the process is gone: nobody writes an end

        Hooks.at_step[3] = die
        with pytest.raises(SystemExit):
            run_waiting()
        assert (again(task).status, again(task).done) == (Status.RUNNING, 3)
        assert run_waiting() == 0  # the lease still runs
        with time_machine.travel(timezone.now() + LEASE_OVER):
            assert run_waiting() == 1
        done = again(task)
        assert (done.status, done.attempt, done.done) == (Status.DONE, 2, 6)
        assert Hooks.seen == list(range(6))  # each step once

    def test_other_work_is_marked_as_failed(self, cast: dict[str, Person]) -> None:
        task = start_task("test.once", by=cast["office"])
        assert take("dead") == task
        with time_machine.travel(timezone.now() + LEASE_OVER):
            assert run_waiting() == 0
        assert (again(task).status, again(task).reason) == (Status.FAILED, Reason.INTERRUPTED)

    def test_what_kills_its_process_again_and_again_is_given_up(self, cast: dict[str, Person]) -> None:
        task = start_task("test.count", by=cast["office"], params={"to": 6})
        with time_machine.travel(timezone.now(), tick=False) as clock:
            for _attempt in range(MAX_ATTEMPTS):
                assert take("dead") == task
                clock.shift(LEASE_OVER)
            assert take("dead") is None
        assert again(task).status == Status.FAILED

    def test_a_desk_that_is_stopped_in_good_order_pauses_it(self, cast: dict[str, Person]) -> None:
        task = start_task("test.count", by=cast["office"], params={"to": 6})
        stop: list[bool] = []
        Hooks.at_step[2] = lambda context: stop.append(True)
        run_waiting(lambda: bool(stop))
        paused = again(task)
        assert (paused.status, paused.cursor, paused.done) == (Status.QUEUED, 3, 3)
        run_waiting()
        assert again(task).status == Status.DONE
        assert Hooks.seen == list(range(6))

    def test_a_sleeper_that_lost_its_lease_writes_nothing(self, cast: dict[str, Person]) -> None:
        task = start_task("test.count", by=cast["office"], params={"to": 6})
        Hooks.at_step[2] = lambda context: Task.objects.filter(pk=task.pk).update(holder="another", done=5)
        run_waiting()
        assert (again(task).status, again(task).done, again(task).holder) == (Status.RUNNING, 5, "another")


class TestRights:
    def test_a_right_lost_while_it_waited(self, cast: dict[str, Person]) -> None:
        task = start_task("test.export", by=cast["csirt"])
        RoleAssignment.objects.filter(person=cast["csirt"]).delete()
        run_waiting()
        assert (again(task).status, again(task).reason) == (Status.CANCELLED, Reason.NO_RIGHT)
        assert list(folder().iterdir()) == []

    def test_a_leaver_s_work_is_not_done(self, cast: dict[str, Person]) -> None:
        task = start_task("test.count", by=cast["clerk"], params={"to": 1})
        Person.objects.filter(pk=cast["clerk"].pk).update(disabled_at=timezone.now())
        run_waiting()
        assert again(task).reason == Reason.NO_RIGHT
        assert Hooks.seen == []

    def test_a_right_lost_after_it_was_done(self, cast: dict[str, Person]) -> None:
        task = start_task("test.export", by=cast["csirt"])
        run_waiting()
        assert again(task).has_result
        RoleAssignment.objects.filter(person=cast["csirt"]).delete()
        with pytest.raises(PermissionDenied):
            open_result(again(task), by=Person.objects.get(pk=cast["csirt"].pk))


class TestResult:
    @pytest.mark.parametrize("size", [0, 1, 256 * 1024, 256 * 1024 + 1, 600_000])
    def test_comes_back_as_it_was_written_and_lies_encrypted(self, cast: dict[str, Person], size: int) -> None:
        task = start_task("test.export", by=cast["csirt"], params={"size": size})
        run_waiting()
        done = again(task)
        assert (done.status, done.file_size, done.has_result) == (Status.DONE, size, True)
        assert content(task, cast["csirt"]) == (b"0123456789" * (size // 10 + 1))[:size]
        stored = path_of(done.file_id)
        assert b"0123456789" not in stored.read_bytes()
        assert stored.stat().st_mode & 0o777 == 0o600
        assert LedgerEntry.objects.filter(event=Event.TASK_RESULT_READ, target_id=task.pk).count() == 1

    @pytest.mark.parametrize("damage", ["flip", "cut", "swap", "gone"])
    def test_damage_is_found(self, cast: dict[str, Person], damage: str) -> None:
        task = start_task("test.export", by=cast["csirt"], params={"size": 600_000})
        run_waiting()
        file = path_of(again(task).file_id)
        data, piece = bytearray(file.read_bytes()), 256 * 1024 + 16
        if damage == "flip":
            data[1000] ^= 1
        elif damage == "cut":
            del data[piece:]
        elif damage == "swap":
            data = data[piece : 2 * piece] + data[:piece] + data[2 * piece :]
        file.write_bytes(data)
        if damage == "gone":
            file.unlink()
        with pytest.raises(Damaged):
            content(task, cast["csirt"])

    def test_an_input_that_can_t_be_done_says_why_in_its_file(self, cast: dict[str, Person]) -> None:
        task = start_task("test.refuse", by=cast["office"])
        run_waiting()
        assert (again(task).status, again(task).reason) == (Status.FAILED, Reason.INPUT)
        assert content(task, cast["office"]).decode() == "3行目 生年月日"

    def test_withdrawn_at_once_with_the_transaction(self, cast: dict[str, Person]) -> None:
        task = start_task("test.export", by=cast["csirt"])
        run_waiting()
        with transaction.atomic():
            assert withdraw_results(["test.export"], by=cast["csirt_head"]) == 1
        assert not again(task).has_result
        with pytest.raises(ValueError, match="no result"):
            content(task, cast["csirt"])
        assert LedgerEntry.objects.filter(event=Event.TASK_RESULT_WITHDRAWN, target_id=task.pk).exists()

    def test_work_that_runs_while_results_are_withdrawn_begins_anew(self, cast: dict[str, Person]) -> None:
        task = start_task("test.export", by=cast["csirt"])
        Hooks.at_step[0] = lambda context: withdraw_results(["test.export"], by=SystemActor("seal"))
        run_waiting()
        done = again(task)
        assert (done.status, done.attempt) == (Status.DONE, 2)
        assert content(task, cast["csirt"]) == b"0123456789"

    def test_old_results_and_orphans_are_swept(self, cast: dict[str, Person]) -> None:
        task = start_task("test.export", by=cast["csirt"])
        run_waiting()
        kept, orphan = path_of(again(task).file_id), folder() / ("0" * 32)
        orphan.write_bytes(b"x")
        long_ago = (timezone.now() - dt.timedelta(hours=2)).timestamp()
        for file in (kept, orphan):
            os.utime(file, (long_ago, long_ago))
        context = JobContext("tasks.sweep", timezone.now())
        sweep(context)
        assert list(folder().iterdir()) == [kept]
        with time_machine.travel(timezone.now() + dt.timedelta(days=7, minutes=1)):
            sweep(context)
        assert list(folder().iterdir()) == []
        assert not again(task).has_result
        with time_machine.travel(timezone.now() + dt.timedelta(days=367)):
            sweep(context)
        assert Task.objects.count() == 0

    def test_results_lie_under_the_desk_s_own_folder(self) -> None:
        assert folder() == settings.SECDESK_RESULTS
        assert folder().stat().st_mode & 0o777 == 0o700
