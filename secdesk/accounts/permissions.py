"""Who may do what about accounts."""

from __future__ import annotations

from enum import StrEnum

from secdesk.core.people.roles import Role


class AccountsPerm(StrEnum):
    """Permissions of accounts; the value is shown on the roles page."""

    USE_OWN = "accounts.use_own"  # one's own devices and means of authentication
    VIEW_ENROLMENT = "accounts.view_enrolment"  # 登録状況
    HAND_OUT = "accounts.hand_out"  # print, hand over and reprint registration slips
    ATTEST = "accounts.attest"  # see requests of people who forgot or lost their second means
    ATTEST_SECTION = "accounts.attest_section"  # vouch in person for staff of the own section
    ATTEST_ANYBODY = "accounts.attest_anybody"  # vouch for anybody after a loss, two holders together
    MANAGE_TOKENS = "accounts.manage_tokens"  # hardware tokens: import, assign, take back


_SECTION = frozenset({Role.HELPER, Role.SECTION})
_CITY = frozenset({Role.OFFICE, Role.ADMIN})

HOLDERS: dict[AccountsPerm, frozenset[Role]] = {
    AccountsPerm.USE_OWN: frozenset(Role),
    AccountsPerm.VIEW_ENROLMENT: _SECTION | _CITY,
    AccountsPerm.HAND_OUT: _SECTION | _CITY,
    AccountsPerm.ATTEST: _SECTION | _CITY | {Role.CSIRT_HEAD},
    AccountsPerm.ATTEST_SECTION: _SECTION,
    AccountsPerm.ATTEST_ANYBODY: _CITY | {Role.CSIRT_HEAD},
    AccountsPerm.MANAGE_TOKENS: _CITY,
}
