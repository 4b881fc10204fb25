"""Every event the ledger knows, with its sentence. An event that is not here cannot be recorded."""

from __future__ import annotations

from enum import StrEnum

from django.utils.translation import gettext_lazy as _


class Event(StrEnum):
    """Name of what happened; the value is stored and never changes."""

    # people and access
    PERSON_CREATED = "person.created"
    PERSON_DISABLED = "person.disabled"
    ROLE_ASSIGNED = "role.assigned"
    ROLE_ENDED = "role.ended"
    # log-in
    LOGGED_IN = "login.succeeded"
    LOGIN_FAILED = "login.failed"
    LOGGED_OUT = "login.ended"
    FACTOR_ADDED = "factor.added"
    # jobs, outbox, tasks
    JOB_GIVEN_UP = "job.given_up"
    MAIL_SENT = "mail.sent"
    MAIL_FAILED = "mail.failed"
    MAIL_CANCELLED = "mail.cancelled"
    MAIL_QUEUED_AGAIN = "mail.queued_again"
    OUTBOX_HELD = "outbox.held"
    OUTBOX_RELEASED = "outbox.released"
    TASK_QUEUED = "task.queued"
    TASK_BEGUN = "task.begun"
    TASK_RESUMED = "task.resumed"
    TASK_DONE = "task.done"
    TASK_FAILED = "task.failed"
    TASK_CANCELLED = "task.cancelled"
    TASK_RESULT_READ = "task.result_read"
    TASK_RESULT_WITHDRAWN = "task.result_withdrawn"
    # incidents
    INCIDENT_REPORTED = "incident.reported"


SENTENCES = {
    Event.PERSON_CREATED: _("Person registered"),
    Event.PERSON_DISABLED: _("Person disabled"),
    Event.ROLE_ASSIGNED: _("Role assigned"),
    Event.ROLE_ENDED: _("Role ended"),
    Event.LOGGED_IN: _("Logged in"),
    Event.LOGIN_FAILED: _("Log-in failed"),
    Event.LOGGED_OUT: _("Logged out"),
    Event.FACTOR_ADDED: _("Means of authentication added"),
    Event.JOB_GIVEN_UP: _("Job failed for good"),
    Event.MAIL_SENT: _("Mail sent"),
    Event.MAIL_FAILED: _("Mail could not be sent"),
    Event.MAIL_CANCELLED: _("Mail not sent: the recipient has no right to it any more"),
    Event.MAIL_QUEUED_AGAIN: _("Mail queued again"),
    Event.OUTBOX_HELD: _("Outgoing mail held"),
    Event.OUTBOX_RELEASED: _("Outgoing mail released"),
    Event.TASK_QUEUED: _("Long work asked for"),
    Event.TASK_BEGUN: _("Long work begun"),
    Event.TASK_RESUMED: _("Long work taken up again"),
    Event.TASK_DONE: _("Long work finished"),
    Event.TASK_FAILED: _("Long work failed"),
    Event.TASK_CANCELLED: _("Long work cancelled"),
    Event.TASK_RESULT_READ: _("Result of long work downloaded"),
    Event.TASK_RESULT_WITHDRAWN: _("Result of long work withdrawn"),
    Event.INCIDENT_REPORTED: _("Incident reported"),
}
