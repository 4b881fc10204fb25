"""Reads about registration: who has registered, who still waits for a slip."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from secdesk.accounts.models import Enrollee, Invitation, Section
from secdesk.core.people.models import Person, Posting


class Stage(StrEnum):
    """How far a person's registration is; the value is used in addresses and class names."""

    NOTHING = "nothing"  # no slip, or it expired
    PRINTED = "printed"  # a slip that nobody handed over yet
    HANDED_OUT = "handed_out"
    ENROLLED = "enrolled"


STAGE_NAMES: dict[Stage, str | Promise] = {
    Stage.NOTHING: _("Not handed out: no slip yet"),
    Stage.PRINTED: _("Not handed out: slip printed"),
    Stage.HANDED_OUT: _("Handed out, not registered"),
    Stage.ENROLLED: pgettext_lazy("stage", "Registered"),
}


@dataclass(frozen=True)
class RollRow:
    """One person of a section on the page 「登録状況」."""

    person: Enrollee
    stage: Stage
    invitation: Invitation | None

    @property
    def stage_name(self) -> str | Promise:
        """The stage in words."""
        return STAGE_NAMES[self.stage]


def enrolled() -> Q:
    """Condition on people: they have registered, that is, set a password (Django marks unusable ones by `!`).

    Password and proven factor are written together. Who lost the factor since is still registered: the way back is
    an attested loss, never an invitation, or whoever retires a token could invite himself in the owner's name.
    """
    return ~Q(password="") & ~Q(password__startswith="!")  # noqa: S106 (a mark, not a password)


def roll(section: Section) -> list[RollRow]:
    """The people of a section in the order of the roster, with their stage (three queries)."""
    postings = Posting.objects.today().filter(department=section)
    people = Enrollee.objects.filter(_in_service(), pk__in=postings.values("person")).order_by("kana", "number")
    done = set(people.filter(enrolled()).values_list("pk", flat=True))
    invitations = {
        row.person_id: row for row in Invitation.objects.current().filter(person__in=people).select_related("person")
    }
    return [_row(person, person.pk in done, invitations.get(person.pk)) for person in people]


def _row(person: Enrollee, is_done: bool, invitation: Invitation | None) -> RollRow:
    if is_done:
        return RollRow(person, Stage.ENROLLED, None)
    if invitation is None or invitation.is_expired:
        return RollRow(person, Stage.NOTHING, invitation)
    return RollRow(person, Stage.HANDED_OUT if invitation.is_handed_out else Stage.PRINTED, invitation)


@dataclass(frozen=True)
class SectionCount:
    """How many people of a section stand where."""

    section: Section
    people: int
    enrolled: int
    handed_out: int

    @property
    def waiting(self) -> int:
        """Nothing was handed out to them yet."""
        return self.people - self.enrolled - self.handed_out


def counts(sections: QuerySet[Section]) -> list[SectionCount]:
    """Counts by section, in the order of the sections; those without people are left out (two queries)."""
    figures = {row.pop("department"): row for row in _figures(sections)}
    found: Iterable[Section] = sections.select_related("bureau").order_by("sort_key", "id")
    return [SectionCount(section, **figures[section.pk]) for section in found if section.pk in figures]


def _figures(sections: QuerySet[Section]) -> Iterable[dict[str, int]]:
    postings = Posting.objects.today().filter(_in_service("person__"), department__in=sections)
    done = Person.objects.filter(enrolled(), pk=OuterRef("person_id"))
    live = Invitation.objects.usable().filter(person=OuterRef("person_id"))
    marked = postings.annotate(is_enrolled=Exists(done), is_out=Exists(live))
    rows: Iterable[dict[str, int]] = marked.values("department").annotate(
        people=Count("person", distinct=True),
        enrolled=Count("person", filter=Q(is_enrolled=True), distinct=True),
        handed_out=Count("person", filter=Q(is_enrolled=False, is_out=True), distinct=True),
    )
    return rows


def _in_service(prefix: str = "") -> Q:
    today = timezone.localdate()
    ends = Q(**{f"{prefix}ends_on__isnull": True}) | Q(**{f"{prefix}ends_on__gte": today})
    return ends & Q(**{f"{prefix}starts_on__lte": today, f"{prefix}disabled_at__isnull": True})
