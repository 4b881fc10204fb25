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
    Event.INCIDENT_REPORTED: _("Incident reported"),
}
