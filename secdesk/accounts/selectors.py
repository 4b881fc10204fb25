"""Reads about factors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from secdesk.accounts.factor_rules import allowed_methods, strong_roles_ahead
from secdesk.accounts.models import CodeSheet, HardwareToken, LoginState, Passkey, TotpCredential
from secdesk.accounts.models.factors import Method
from secdesk.accounts.services.recovery import recovery_codes_left
from secdesk.accounts.services.sheets import FEW_LEFT, codes_left, next_code
from secdesk.core.people.models import Person, RoleAssignment


@dataclass(frozen=True)
class Offer:
    """A method the second step offers: how it is named, and what its field asks for."""

    method: Method
    icon: str
    title: str | Promise
    description: str | Promise
    label: str | Promise
    hint: str | Promise = ""
    numeric: bool = False
    is_last: bool = False  # used at the last log-in: stands open


@dataclass(frozen=True)
class Offers:
    """What the second step shows: methods to use, and whether others are held but not enough."""

    usable: list[Offer]
    held_but_refused: bool
    has_passkey: bool


def offers_for(person: Person) -> Offers:
    """Methods the person holds, split by what the roles of today allow; the last one used is marked."""
    state = LoginState.objects.filter(person=person).first()
    last = state.last_method if state else ""
    allowed = allowed_methods(person)
    held = list(_held(person))
    usable = [replace(offer, is_last=offer.method == last) for offer in held if offer.method in allowed]
    has_passkey = Passkey.objects.filter(person=person).exists()
    return Offers(usable, len(usable) < len(held), has_passkey)


def methods_of(person: Person) -> list[Offer]:
    """Methods the person can use now."""
    return offers_for(person).usable


def held_methods(person: Person) -> frozenset[Method]:
    """Methods the person has, whatever the roles allow."""
    return frozenset(offer.method for offer in _held(person))


def _held(person: Person) -> Iterator[Offer]:
    if TotpCredential.objects.filter(person=person).exists():
        yield Offer(
            Method.TOTP, "smartphone", _("Six digits of the app"), _("The number shown in your authenticator app"),
            _("Six-digit number"), numeric=True,
        )  # fmt: skip
    tails = [token.tail for token in HardwareToken.objects.active_for(person)]
    if tails:
        yield Offer(
            Method.TOKEN, "timer", _("Hardware token (OTP)"), _("The number shown on the small device you were given"),
            _("Number of the token"), numeric=True,
            hint=_("The device whose number on the back ends in %(tails)s.") % {"tails": ", ".join(tails)},
        )  # fmt: skip
    code = next_code(person)
    if code is not None:
        yield Offer(
            Method.SHEET, "grid-3x3", _("Code sheet"), _("The code with this number on your sheet"),
            _("Code of No. %(number)s") % {"number": code.number},
            hint=_("Cross out the code you used. %(left)s left. Full-width and small letters are read, too.")
            % {"left": codes_left(person)},
        )  # fmt: skip
    if recovery_codes_left(person):
        yield Offer(
            Method.RECOVERY, "key-round", _("Recovery code"), _("A code you noted at registration. Each works once."),
            _("Recovery code"),
        )  # fmt: skip


@dataclass(frozen=True)
class Factors:
    """Everything the factors page shows."""

    passkeys: list[Passkey]
    apps: list[TotpCredential]
    tokens: list[HardwareToken]
    waiting_tokens: list[HardwareToken]  # handed over, not activated
    has_sheet: bool
    sheet_left: int
    recovery_left: int
    may_use_app: bool
    may_use_sheet: bool
    may_use_recovery: bool
    few_sheet_codes: bool
    strong_roles_ahead: list[RoleAssignment]  # begin soon and need more than what the person holds


def factors_of(person: Person) -> Factors:
    """The person's means of authentication, and what their roles let them add."""
    allowed = allowed_methods(person)
    passkeys = list(Passkey.objects.filter(person=person))
    tokens = list(HardwareToken.objects.active_for(person))
    left = codes_left(person)
    return Factors(
        passkeys=passkeys,
        apps=list(TotpCredential.objects.filter(person=person).order_by("id")),
        tokens=tokens,
        waiting_tokens=list(HardwareToken.objects.handed_to(person)),
        has_sheet=CodeSheet.objects.filter(person=person, ended_at__isnull=True).exists(),
        sheet_left=left,
        recovery_left=recovery_codes_left(person),
        may_use_app=Method.TOTP in allowed,
        may_use_sheet=Method.SHEET in allowed,
        may_use_recovery=Method.RECOVERY in allowed,
        few_sheet_codes=left <= FEW_LEFT,
        strong_roles_ahead=[] if passkeys or tokens else strong_roles_ahead(person),
    )
