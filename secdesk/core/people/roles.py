"""Roles of the desk (codes are fixed, names may be changed by a city). Source: city policy, guideline ch. 1."""

from __future__ import annotations

from enum import StrEnum

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Role(StrEnum):
    """What a person is in the city's information security organisation."""

    CISO = "CISO"
    DEPUTY_CISO = "DEPUTY_CISO"
    ADVISER = "ADVISER"
    CHIEF = "CHIEF"
    BUREAU = "BUREAU"
    SECTION = "SECTION"
    SYSTEM_OWNER = "SYSTEM_OWNER"
    SYSTEM_STAFF = "SYSTEM_STAFF"
    COMMITTEE = "COMMITTEE"
    CSIRT_HEAD = "CSIRT_HEAD"
    CSIRT = "CSIRT"
    AUDIT_HEAD = "AUDIT_HEAD"
    AUDITOR = "AUDITOR"
    EXTERNAL_AUDITOR = "EXTERNAL_AUDITOR"
    OFFICE = "OFFICE"
    STAFF = "STAFF"  # never assigned: everybody with a posting
    HELPER = "HELPER"
    PRIVACY = "PRIVACY"
    PR = "PR"
    PERSONNEL = "PERSONNEL"
    LINK = "LINK"
    CONTRACTOR = "CONTRACTOR"
    VIEWER = "VIEWER"
    ADMIN = "ADMIN"


ROLE_NAMES = {
    Role.CISO: _("Chief information security officer"),
    Role.DEPUTY_CISO: _("Deputy chief information security officer"),
    Role.ADVISER: _("Information security adviser"),
    Role.CHIEF: _("Head of information security management"),
    Role.BUREAU: _("Information security officer (bureau)"),
    Role.SECTION: _("Information security manager (section)"),
    Role.SYSTEM_OWNER: _("Information system manager"),
    Role.SYSTEM_STAFF: _("Information system staff"),
    Role.COMMITTEE: _("Information security committee"),
    Role.CSIRT_HEAD: _("CSIRT head"),
    Role.CSIRT: _("CSIRT member"),
    Role.AUDIT_HEAD: _("Head of information security audit"),
    Role.AUDITOR: _("Information security auditor"),
    Role.EXTERNAL_AUDITOR: _("External auditor"),
    Role.OFFICE: _("Information security office"),
    Role.STAFF: pgettext_lazy("role", "Staff"),
    Role.HELPER: _("Information security helper of the section"),
    Role.PRIVACY: _("Personal information protection officer"),
    Role.PR: _("Public relations officer"),
    Role.PERSONNEL: _("Personnel office"),
    Role.LINK: _("Contact point of the organ"),
    Role.CONTRACTOR: _("Contractor"),
    Role.VIEWER: _("Viewer"),
    Role.ADMIN: _("System administrator"),
}

# Need a passkey, a security key or a hardware token (architecture §4); an app or paper is not enough.
STRONG_FACTOR_ROLES = frozenset(
    {Role.CSIRT_HEAD, Role.CSIRT, Role.OFFICE, Role.AUDIT_HEAD, Role.AUDITOR, Role.EXTERNAL_AUDITOR, Role.ADMIN}
)
# Shorter idle limit (security.md B2): 15 minutes instead of 30.
SHORT_IDLE_ROLES = frozenset({Role.CSIRT_HEAD, Role.CSIRT, Role.ADMIN})
# Roles beside which a code sheet and 「今日だけ忘れた」 stay allowed: they add nothing a colleague could abuse.
STAFF_FACTOR_ROLES = frozenset({Role.STAFF, Role.HELPER, Role.SECTION})
# Roles that count in one department and what is under it; all others count in the whole city.
SCOPED_ROLES = frozenset({Role.BUREAU, Role.SECTION, Role.SYSTEM_OWNER, Role.SYSTEM_STAFF, Role.HELPER, Role.LINK})
