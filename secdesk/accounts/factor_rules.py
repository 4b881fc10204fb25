"""Which means of authentication a person's roles allow (architecture §4).

CSIRT, office, auditors and administrators: passkey, security key or hardware token; what can be
read aloud to a caller from an app's screen or a sheet of paper is not enough. Paper sheets: only
beside staff roles. A role counts from the day it begins: sessions end when roles change
(middleware.py), and the next log-in is judged by the new rule. `strong_roles_ahead` warns before.
"""

from __future__ import annotations

import datetime as dt

from django.db.models import Q
from django.utils import timezone

from secdesk.accounts.models.factors import Method
from secdesk.core.people.models import Person, RoleAssignment
from secdesk.core.people.roles import STAFF_FACTOR_ROLES, STRONG_FACTOR_ROLES, Role

STRONG_METHODS = frozenset({Method.PASSKEY, Method.TOKEN})
PAPER_METHODS = frozenset({Method.SHEET, Method.LENT})
WARN_DAYS = 60


def needs_strong_factor(person: Person) -> bool:
    """Whether a role in force today demands a passkey, key or hardware token."""
    return bool(person.role_codes & STRONG_FACTOR_ROLES)


def roles_until(person: Person, day: dt.date) -> frozenset[Role]:
    """Roles in force today or beginning until `day`, read anew."""
    today = timezone.localdate()
    rows = RoleAssignment.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today), person=person)
    return frozenset(Role(code) for code in rows.filter(starts_on__lte=day).values_list("role", flat=True))


def allowed_methods(person: Person) -> frozenset[Method]:
    """Methods that may prove the person's second factor today."""
    if needs_strong_factor(person):
        return STRONG_METHODS
    if person.role_codes <= STAFF_FACTOR_ROLES:
        return frozenset(Method)
    return frozenset(Method) - PAPER_METHODS


def strong_roles_ahead(person: Person) -> list[RoleAssignment]:
    """Roles that begin in the next 60 days and will demand a stronger factor than an app or paper."""
    today = timezone.localdate()
    rows = RoleAssignment.objects.filter(
        person=person, role__in=sorted(STRONG_FACTOR_ROLES),
        starts_on__gt=today, starts_on__lte=today + dt.timedelta(days=WARN_DAYS),
    )  # fmt: skip
    return list(rows.order_by("starts_on"))
