"""Reads about factors."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from secdesk.accounts.models import LoginState, TotpCredential
from secdesk.accounts.models.factors import Method
from secdesk.core.people.models import Person


@dataclass(frozen=True)
class Offer:
    """A method the second step offers: how it is named, and what its field asks for."""

    method: Method
    icon: str
    title: str | Promise
    description: str | Promise
    label: str | Promise
    numeric: bool = False
    is_last: bool = False  # used at the last log-in: stands open


def methods_of(person: Person) -> list[Offer]:
    """Methods the person can use now; the one of the last log-in is marked."""
    state = LoginState.objects.filter(person=person).first()
    last = state.last_method if state else ""
    offers = []
    if TotpCredential.objects.filter(person=person).exists():
        offers.append(
            Offer(
                Method.TOTP,
                "smartphone",
                _("Six digits of the app"),
                _("The number shown in your authenticator app"),
                _("Six-digit number"),
                numeric=True,
                is_last=last == Method.TOTP,
            )
        )
    return offers
