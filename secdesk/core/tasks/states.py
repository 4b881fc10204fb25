"""Life of a task. All moves but `cancel` are made by the scheduler's process."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from secdesk.core.ledger.events import Event
from secdesk.core.states import Machine, Move
from secdesk.core.tasks.permissions import TaskPerm

QUEUED, RUNNING, DONE, FAILED, CANCELLED = "queued", "running", "done", "failed", "cancelled"

TASKS = Machine(
    Move("begin", _("Begin"), frozenset({QUEUED}), RUNNING, TaskPerm.VIEW, Event.TASK_BEGUN),
    Move("resume", _("Go on"), frozenset({RUNNING}), RUNNING, TaskPerm.VIEW, Event.TASK_RESUMED),
    Move("pause", _("Pause"), frozenset({RUNNING}), QUEUED, TaskPerm.VIEW, Event.TASK_PAUSED),
    Move("finish", _("Finish"), frozenset({RUNNING}), DONE, TaskPerm.VIEW, Event.TASK_DONE),
    Move("fail", _("Fail"), frozenset({QUEUED, RUNNING}), FAILED, TaskPerm.VIEW, Event.TASK_FAILED),
    Move("cancel", _("Cancel"), frozenset({QUEUED, RUNNING}), CANCELLED, TaskPerm.CANCEL, Event.TASK_CANCELLED),
)
