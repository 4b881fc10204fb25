"""What may be done with incidents, and which roles hold it (facts §3; drawn on the roles page)."""

from __future__ import annotations

from enum import StrEnum

from secdesk.core.people.roles import Role


class IncidentPerm(StrEnum):
    """Permissions of this app."""

    REPORT = "incidents.report"
    OWN_REPORT = "incidents.own_report"  # see and write on what one reported oneself
    VIEW = "incidents.view"
    VIEW_STAFF_REPORTS = "incidents.view_staff_reports"  # what one's own staff reported, whoever owns it
    LOG = "incidents.log"  # one line into the timeline
    QUEUE = "incidents.queue"
    TELEPHONE = "incidents.telephone"  # record a report that came by telephone
    WORK = "incidents.work"  # triage, facts, phases, tracks, moves
    MESSAGE = "incidents.message"
    CLOSE = "incidents.close"
    SEAL = "incidents.seal"
    UNSEAL_QUIET = "incidents.unseal_quiet"  # lift the seal of a report made with 「所属長に知らせない」
    BREAK_GLASS = "incidents.break_glass"


_CSIRT = frozenset({Role.CSIRT, Role.CSIRT_HEAD})
_OVERSIGHT = frozenset({Role.CISO, Role.DEPUTY_CISO, Role.CHIEF, Role.PRIVACY})
_SECTION = frozenset({Role.SECTION, Role.HELPER})

HOLDERS: dict[IncidentPerm, frozenset[Role]] = {
    IncidentPerm.REPORT: frozenset({Role.STAFF}),
    IncidentPerm.OWN_REPORT: frozenset({Role.STAFF}),
    IncidentPerm.VIEW: _CSIRT | _OVERSIGHT | _SECTION | {Role.BUREAU, Role.LINK},
    IncidentPerm.VIEW_STAFF_REPORTS: frozenset({Role.SECTION}),
    IncidentPerm.LOG: _CSIRT | _SECTION,
    IncidentPerm.QUEUE: _CSIRT,
    IncidentPerm.TELEPHONE: _CSIRT,
    IncidentPerm.WORK: _CSIRT,
    IncidentPerm.MESSAGE: _CSIRT,
    IncidentPerm.CLOSE: _CSIRT,
    IncidentPerm.SEAL: _CSIRT,
    IncidentPerm.UNSEAL_QUIET: frozenset({Role.CSIRT_HEAD}),
    IncidentPerm.BREAK_GLASS: frozenset({Role.CISO, Role.DEPUTY_CISO}),
}
