"""The roster as a list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from secdesk.core.access import holds
from secdesk.core.lists.filters import ChoiceFilter, DepartmentFilter, Filter, TextFilter
from secdesk.core.lists.listing import Column, Listing, View, register
from secdesk.core.people.models import Person, Posting, RoleAssignment
from secdesk.core.people.permissions import PeoplePerm
from secdesk.core.people.roles import ROLE_NAMES, Role


@dataclass(frozen=True)
class PostedIn(DepartmentFilter):
    """People who work in the department today."""

    def condition(self, values: Mapping[str, Any], person: Person) -> Q | None:
        inside = super().condition(values, person)
        return Q(pk__in=Posting.objects.today().filter(inside).values("person")) if inside else None


@dataclass(frozen=True)
class RoleFilter(ChoiceFilter):
    """People who hold the role today."""

    def condition(self, values: Mapping[str, Any], person: Person) -> Q | None:
        role = values[self.name]
        return Q(pk__in=RoleAssignment.objects.today().filter(role=role).values("person")) if role else None


@dataclass(frozen=True)
class ServiceFilter(Filter):
    """In service today, disabled, left, or not yet begun."""

    def form_fields(self) -> dict[str, Any]:
        states = [
            ("now", _("In service")), ("disabled", _("Disabled")), ("left", _("Left")), ("later", _("Not yet begun")),
        ]  # fmt: skip
        return ChoiceFilter(self.name, self.label, "", choices=states).form_fields()

    def condition(self, values: Mapping[str, Any], person: Person) -> Q | None:
        today = timezone.localdate()
        left = Q(ends_on__lt=today)
        return {
            "now": Q(disabled_at__isnull=True, starts_on__lte=today)
            & (Q(ends_on__isnull=True) | Q(ends_on__gte=today)),
            "disabled": Q(disabled_at__isnull=False),
            "left": left,
            "later": Q(starts_on__gt=today),
        }.get(values[self.name])

    def chips(self, values: Mapping[str, Any], form: Any) -> Any:
        return ChoiceFilter(self.name, self.label, "").chips(values, form)


def _rows() -> QuerySet[Person]:
    postings = Posting.objects.today().select_related("department__bureau").order_by("-is_main", "pk")
    roles = RoleAssignment.objects.today().select_related("department").order_by("pk")
    return Person.objects.prefetch_related(
        Prefetch("postings", postings, to_attr="posted"), Prefetch("role_assignments", roles, to_attr="roles")
    )


def _branches(person: Person, permission: StrEnum) -> list[Q]:
    return [Q()] if holds(person, permission) else []


def _departments(row: Any) -> str:
    return "、".join(posting.department.full_name for posting in row.posted)


def _roles(row: Any) -> str:
    return "、".join(str(role) for role in row.roles)


def _service(row: Person) -> Any:
    if row.disabled_at:
        return _("Disabled")
    if row.is_active:
        return _("In service")
    return _("Not yet begun") if row.starts_on > timezone.localdate() else _("Left")


PEOPLE = register(
    Listing(
        name="people",
        title=_("People"),
        rows=_rows,
        branches=_branches,
        permission=PeoplePerm.VIEW_ROSTER,
        order="kana",
        columns=(
            Column("number", _("Employee number"), lambda row: row.number, sort="number", css="nowrap fixed cell-mark"),
            Column("name", _("Name"), lambda row: row.name, title=True),
            Column("kana", _("Name in kana"), lambda row: row.kana, sort="kana", css="nowrap"),
            Column("department", _("Department"), _departments, css="cell-name"),
            Column("roles", _("Roles"), _roles),
            Column("service", _("Service"), _service, css="nowrap"),
        ),
        filters=(
            TextFilter("q", _("Words"), "", columns=("name", "kana", "number"), placeholder=_("Name, kana, number")),
            PostedIn("department", _("Department"), "department"),
            RoleFilter(
                "role", _("Role"), "", choices=[(role.value, ROLE_NAMES[role]) for role in Role if role != Role.STAFF]
            ),
            ServiceFilter("service", _("Service"), ""),
        ),
        views=(View(_("In service"), "service=now"), View(_("Disabled"), "service=disabled")),
        empty=_("Nobody is on the roster yet."),
    )
)
