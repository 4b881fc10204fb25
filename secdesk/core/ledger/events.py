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
    # means of authentication
    FACTOR_ADDED = "factor.added"
    FACTOR_RENAMED = "factor.renamed"
    FACTOR_REMOVED = "factor.removed"
    PASSWORD_CHANGED = "password.changed"  # noqa: S105 (a name, no secret)
    RECOVERY_CODES_ISSUED = "factor.recovery_codes_issued"
    TOKENS_IMPORTED = "token.imported"
    TOKEN_ASSIGNED = "token.assigned"  # noqa: S105 (a name, no secret)
    TOKEN_RETURNED = "token.returned"  # noqa: S105
    TOKEN_RETIRED = "token.retired"  # noqa: S105
    TOKEN_RESYNCHRONISED = "token.resynchronised"  # noqa: S105
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
    TASK_CANCEL_ASKED = "task.cancel_asked"
    TASK_PAUSED = "task.paused"
    TASK_RESUMED = "task.resumed"
    TASK_DONE = "task.done"
    TASK_FAILED = "task.failed"
    TASK_CANCELLED = "task.cancelled"
    TASK_RESULT_READ = "task.result_read"
    TASK_RESULT_WITHDRAWN = "task.result_withdrawn"
    # home
    DISPLAY_CHANGED = "display.changed"
    # sessions
    SESSION_LOCKED = "session.locked"
    SESSION_UNLOCKED = "session.unlocked"
    SESSION_ENDED = "session.ended"
    ALL_SESSIONS_ENDED = "session.all_ended"
    FORM_KEPT = "session.form_kept"
    # lists
    LIST_EXPORTED = "list.exported"
    LIST_VIEW_SAVED = "list.view_saved"
    LIST_VIEW_REMOVED = "list.view_removed"
    # the desk itself
    DESK_STARTED = "desk.started"
    # lists
    # the ledger itself
    LEDGER_EXPORTED = "ledger.exported"
    LEDGER_EPOCH_BEGUN = "ledger.epoch_begun"
    LEDGER_DETAILS_DISPOSED = "ledger.details_disposed"
    DESK_SET_UP = "desk.set_up"
    RECOVERY_SHEET_PRINTED = "desk.recovery_sheet_printed"
    KEYS_ROTATED = "desk.keys_rotated"
    KEYS_RESTORED = "desk.keys_restored"
    BACKUP_MADE = "desk.backup_made"
    RESTORED = "desk.restored"
    DESK_RECOVERED = "desk.recovered"
    # registration and vouching
    INVITED = "invitation.made"
    SLIP_HANDED_OVER = "invitation.handed_over"
    INVITATION_REFUSED = "invitation.refused"
    ENROLLED = "person.enrolled"
    ATTESTATION_ASKED = "attestation.asked"
    ATTESTED_FIRST = "attestation.first"
    ATTESTED = "attestation.confirmed"
    ATTESTATION_REFUSED = "attestation.refused"
    ATTESTATION_USED = "attestation.used"
    FACTORS_REPLACED = "factor.all_replaced"
    # incidents
    INCIDENT_REPORTED = "incident.reported"
    INCIDENT_ACCEPTED = "incident.accepted"
    INCIDENT_HANDLED = "incident.handling_started"
    INCIDENT_NEAR_MISS = "incident.near_miss"
    INCIDENT_VOIDED = "incident.voided"
    INCIDENT_PREVENTION_BEGUN = "incident.prevention_begun"
    INCIDENT_RECHECKED = "incident.rechecked"
    INCIDENT_RESUMED = "incident.resumed"
    INCIDENT_CLOSED = "incident.closed"
    INCIDENT_REOPENED = "incident.reopened"
    INCIDENT_REVIEWED = "incident.reviewed"
    INCIDENT_CHANGED = "incident.changed"
    INCIDENT_PHASE_CHANGED = "incident.phase_changed"
    INCIDENT_TRACK_CHANGED = "incident.track_changed"
    INCIDENT_LOGGED = "incident.logged"
    INCIDENT_MESSAGE_SENT = "incident.message_sent"
    INCIDENT_SEALED = "incident.sealed"
    INCIDENT_UNSEALED = "incident.unsealed"
    INCIDENT_TEAM_JOINED = "incident.team_joined"
    INCIDENT_TEAM_LEFT = "incident.team_left"
    INCIDENT_GLASS_BROKEN = "incident.glass_broken"


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
    Event.MAIL_CANCELLED: _("Mail not sent: its recipient may not get it any more"),
    Event.MAIL_QUEUED_AGAIN: _("Mail queued again"),
    Event.OUTBOX_HELD: _("Outgoing mail held"),
    Event.OUTBOX_RELEASED: _("Outgoing mail released"),
    Event.TASK_QUEUED: _("Long work asked for"),
    Event.TASK_BEGUN: _("Long work begun"),
    Event.TASK_CANCEL_ASKED: _("Cancelling of long work asked for"),
    Event.TASK_PAUSED: _("Long work paused"),
    Event.TASK_RESUMED: _("Long work taken up again"),
    Event.TASK_DONE: _("Long work finished"),
    Event.TASK_FAILED: _("Long work failed"),
    Event.TASK_CANCELLED: _("Long work cancelled"),
    Event.TASK_RESULT_READ: _("Result of long work downloaded"),
    Event.TASK_RESULT_WITHDRAWN: _("Result of long work withdrawn"),
    Event.DISPLAY_CHANGED: _("Display settings changed"),
    Event.SESSION_LOCKED: _("Session locked after a time without use"),
    Event.SESSION_UNLOCKED: _("Session unlocked"),
    Event.SESSION_ENDED: _("Session on a device ended"),
    Event.ALL_SESSIONS_ENDED: _("All sessions of a person ended"),
    Event.FORM_KEPT: _("Form of an ended session kept for its owner"),
    Event.DESK_STARTED: _("Desk started for the first time"),
    Event.LIST_EXPORTED: _("List exported"),
    Event.LIST_VIEW_SAVED: _("View of a list saved"),
    Event.LIST_VIEW_REMOVED: _("Saved view of a list removed"),
    Event.LEDGER_EXPORTED: _("Ledger exported"),
    Event.LEDGER_EPOCH_BEGUN: _("New epoch of the ledger begun after a restore"),
    Event.LEDGER_DETAILS_DISPOSED: _("Details of old ledger entries disposed of"),
    Event.DESK_SET_UP: _("Organisation and contacts of the desk set"),
    Event.RECOVERY_SHEET_PRINTED: _("Recovery sheet printed"),
    Event.KEYS_ROTATED: _("Keys rotated"),
    Event.KEYS_RESTORED: _("Key ring restored with the recovery sheet"),
    Event.BACKUP_MADE: _("Backup made"),
    Event.RESTORED: _("Desk restored from a backup"),
    Event.DESK_RECOVERED: _("Administrator recovered with both halves of the recovery sheet"),
    Event.FACTOR_RENAMED: _("Means of authentication renamed"),
    Event.FACTOR_REMOVED: _("Means of authentication removed"),
    Event.PASSWORD_CHANGED: _("Password changed"),
    Event.RECOVERY_CODES_ISSUED: _("Recovery codes issued"),
    Event.TOKENS_IMPORTED: _("Hardware tokens registered"),
    Event.TOKEN_ASSIGNED: _("Hardware token assigned"),
    Event.TOKEN_RETURNED: _("Hardware token returned"),
    Event.TOKEN_RETIRED: _("Hardware token retired"),
    Event.TOKEN_RESYNCHRONISED: _("Hardware token set right"),
    Event.INVITED: _("Invitation made"),
    Event.SLIP_HANDED_OVER: _("Registration slip handed over"),
    Event.INVITATION_REFUSED: _("Registration code refused"),
    Event.ENROLLED: _("Registered with password and second means"),
    Event.ATTESTATION_ASKED: _("Asked a colleague to vouch"),
    Event.ATTESTED_FIRST: _("First of two attested the identity"),
    Event.ATTESTED: _("Identity attested"),
    Event.ATTESTATION_REFUSED: _("Identity not attested"),
    Event.ATTESTATION_USED: _("Logged in for today on a colleague's word"),
    Event.FACTORS_REPLACED: _("Means of authentication replaced after a loss"),
    Event.INCIDENT_REPORTED: _("Incident reported"),
    Event.INCIDENT_ACCEPTED: _("Report accepted"),
    Event.INCIDENT_HANDLED: _("Handling started"),
    Event.INCIDENT_NEAR_MISS: _("Recorded as a near miss"),
    Event.INCIDENT_VOIDED: _("Judged not an incident"),
    Event.INCIDENT_PREVENTION_BEGUN: _("Prevention of recurrence begun"),
    Event.INCIDENT_RECHECKED: _("Put back to checking"),
    Event.INCIDENT_RESUMED: _("Put back to handling"),
    Event.INCIDENT_CLOSED: _("Incident closed"),
    Event.INCIDENT_REOPENED: _("Incident re-opened"),
    Event.INCIDENT_REVIEWED: _("Re-opened for checking"),
    Event.INCIDENT_CHANGED: _("Facts of the incident changed"),
    Event.INCIDENT_PHASE_CHANGED: _("Phase changed"),
    Event.INCIDENT_TRACK_CHANGED: _("Track changed"),
    Event.INCIDENT_LOGGED: _("Line written into the timeline"),
    Event.INCIDENT_MESSAGE_SENT: _("Message sent"),
    Event.INCIDENT_SEALED: _("Incident sealed"),
    Event.INCIDENT_UNSEALED: _("Seal of the incident lifted"),
    Event.INCIDENT_TEAM_JOINED: _("Added to the team of the sealed incident"),
    Event.INCIDENT_TEAM_LEFT: _("Taken off the team of the sealed incident"),
    Event.INCIDENT_GLASS_BROKEN: _("Emergency access to a sealed incident"),
}
