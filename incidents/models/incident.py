"""The incident itself, and who comes near it."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from incidents.models.types import IncidentType
from incidents.permissions import IncidentPerm
from incidents.vocabulary import Category, Concern, ReportedAs, Segment, Severity, Source, Status
from secdesk.core import access
from secdesk.core.people.models import Department, Organ, Person

TITLE_LENGTH = 60


def title_of(what: str) -> str:
    """First sentence of what was written, cut to the length of a title."""
    first = re.split(r"[。\n]", what.strip(), maxsplit=1)[0].strip()
    return first if len(first) <= TITLE_LENGTH else f"{first[: TITLE_LENGTH - 1]}…"


class TeamBasis(StrEnum):
    """Why somebody is on the team of a sealed incident; the codename of their grant."""

    ROLE = "team_by_role"  # counts while the person is of the CSIRT
    NAME = "team_by_name"  # named by the team; counts until taken back
    GLASS = "team_by_break_glass"  # counts while the person is CISO or deputy


_SHOWN = ("kind", "owner", "reporter", "department__bureau", "owning_section__bureau", "closed_by")


class IncidentQuerySet(access.GuardedQuerySet["Incident"]):
    """Rows a person reaches: see docs/permissions.md.

    Open rows: CSIRT and oversight roles all of them; a section head and helper those their section
    owns, the head also what their staff reported; a bureau head and an organ's contact point theirs.
    Sealed rows: their named team alone, by grant. The reporter's own page is a permission of its own.
    """

    view_permission = IncidentPerm.VIEW

    def branches(self, person: Any, perm: StrEnum) -> list[Q]:
        """Conditions whose union is what `person` may do `perm` on."""
        if perm == IncidentPerm.OWN_REPORT:
            return [Q(reporter=person)] if access.holds(person, perm) else []
        if perm == IncidentPerm.BREAK_GLASS:
            return [Q(sealed=True)] if access.holds(person, perm) else []
        return [*_open_rows(person, perm), *_team_rows(person, perm)]

    def get_for(self, person: Any, perm: StrEnum, **lookup: Any) -> Incident:
        """The one row with all that its page shows, in one query."""
        return super(IncidentQuerySet, self.select_related(*_SHOWN)).get_for(person, perm, **lookup)


def _open_rows(person: Any, perm: StrEnum) -> list[Q]:
    scope = access.scope(person, perm)
    if scope.everywhere:
        return [Q(sealed=False)]
    # One branch for each department, so that each walks its own index in the list's order (core/lists/paging.py).
    found = [Q(owning_section=pk, sealed=False) for pk in sorted(scope.sections)]
    found += [Q(bureau=pk, sealed=False) for pk in sorted(scope.bureaus)]
    found += [Q(organ=pk, sealed=False) for pk in sorted(scope.organs)]
    if perm == IncidentPerm.VIEW:
        staff = access.scope(person, IncidentPerm.VIEW_STAFF_REPORTS).sections
        found += [Q(department=pk, sealed=False) for pk in sorted(staff)]
    return found


def _team_rows(person: Any, perm: StrEnum) -> list[Q]:
    """Sealed rows by grant. A team member sees and logs; other acts also need the role that holds them."""
    if not isinstance(person, Person) or not person.is_active or getattr(person, "limited_to_staff", False):
        return []
    if perm not in (IncidentPerm.VIEW, IncidentPerm.LOG) and not access.holds(person, perm):
        return []
    bases = [TeamBasis.NAME]
    if access.holds(person, IncidentPerm.WORK):
        bases.append(TeamBasis.ROLE)
    if access.holds(person, IncidentPerm.BREAK_GLASS) and perm == IncidentPerm.VIEW:
        bases.append(TeamBasis.GLASS)
    rows = IncidentGrant.objects.filter(user=person, permission__codename__in=[basis.value for basis in bases])
    return [Q(pk__in=rows.values("content_object_id"), sealed=True)]


class Incident(models.Model):
    """One incident, suspected event or near miss (facts §5.5). Times are UTC; people see Japan's time."""

    # Whoever writes these passes rows, not ids: validation need not look them up again.
    RELATIONS = frozenset(
        {"kind", "reporter", "recorded_by", "department", "owner", "owning_section", "bureau", "organ", "closed_by"}
    )
    ledger_fields = frozenset(
        {
            "status", "severity", "segment", "kind", "owner", "owning_section", "sealed", "known_at",
            "occurred_from", "occurred_to", "source",
        }
    )  # fmt: skip

    reference = models.CharField(_("reference"), max_length=12, unique=True)
    fiscal_year = models.PositiveSmallIntegerField()
    title = models.CharField(_("title"), max_length=120)
    outline = models.TextField(_("outline"))
    reported_text = models.TextField(editable=False)  # as the reporter put it; never changed
    reported_as = models.CharField(max_length=10, choices=ReportedAs, blank=True)
    concerns = models.JSONField(default=list)  # values of Concern, in its order
    kind = models.ForeignKey(IncidentType, models.PROTECT, null=True, blank=True, verbose_name=_("type"))
    severity = models.PositiveSmallIntegerField(_("severity"), choices=Severity, null=True, blank=True)
    segment = models.CharField(_("network segment"), max_length=12, choices=Segment, blank=True)
    status = models.CharField(_("state"), max_length=12, choices=Status, default=Status.NEW)
    status_reason = models.CharField(_("reason"), max_length=500, blank=True)  # of the newest move
    known_at = models.DateTimeField(_("known since"))  # first staff member; the statutory clock starts here
    noticed_at = models.DateTimeField(_("noticed"))
    occurred_from = models.DateTimeField(_("occurred from"), null=True, blank=True)
    occurred_to = models.DateTimeField(_("occurred until"), null=True, blank=True)
    reported_at = models.DateTimeField(_("reported"))
    source = models.CharField(_("source"), max_length=10, choices=Source, default=Source.OWN)
    reporter = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="reported_incidents", db_index=False
    )
    reporter_name = models.CharField(_("name of the reporter"), max_length=80, blank=True)  # never in the ledger
    recorded_by = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )  # where the reporter works
    phone = models.CharField(_("telephone"), max_length=30, blank=True)
    owner = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="owned_incidents", db_index=False
    )  # in charge, of the CSIRT
    owning_section = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    # Denormalised from the owning section (before triage from the reporter's), so that lists walk one index.
    bureau = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    organ = models.ForeignKey(Organ, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    sealed = models.BooleanField(_("sealed"), default=False)
    quiet = models.BooleanField(default=False, editable=False)  # 「所属長に知らせない」: binds whoever lifts the seal
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        default_permissions = ()
        permissions = tuple((basis.value, basis.value) for basis in TeamBasis)
        constraints = (
            models.CheckConstraint(
                name="incident_occurred",
                condition=Q(occurred_to__isnull=True) | Q(occurred_to__gte=F("occurred_from")),
            ),
            models.CheckConstraint(
                name="incident_closed",
                condition=Q(status=Status.DONE, closed_at__isnull=False) | ~Q(status=Status.DONE),
            ),
        )
        indexes = (
            *(
                models.Index(fields=(key, "id"), name=f"incident_{key}")
                for key in ("status", "severity", "known_at", "kind", "reporter", "owner", "department")
            ),
            *(
                models.Index(fields=(key, *order), name=f"incident_{key}_{order[0]}".replace("owning_", ""))
                for key in ("owning_section", "bureau", "organ")
                for order in (("id",), ("known_at", "id"), ("severity", "id"), ("status", "id"))
            ),
            models.Index(fields=("department", "known_at", "id"), name="incident_department_known_at"),
            models.Index(fields=("id",), name="incident_sealed", condition=Q(sealed=True)),
        )

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("incidents:detail", args=[self.pk])

    @property
    def ledger_label(self) -> str:
        """The reference alone: a title may name people."""
        return self.reference

    @property
    def reported_title(self) -> str:
        """Title drawn from the reporter's own words, for their page and the queue."""
        return title_of(self.reported_text)

    @property
    def category(self) -> Category | None:
        """Category of the type, when it is known."""
        return Category(self.kind.category) if self.kind else None

    @property
    def concerns_text(self) -> str:
        """What it is about, in words."""
        labels = [str(concern.label) for concern in Concern if concern.value in self.concerns]
        return ("、" if get_language() == "ja" else ", ").join(labels)

    @property
    def reporter_shown(self) -> str:
        """Who really reported, as CSIRT reads it."""
        if self.reporter_name:
            return self.reporter_name
        return self.reporter.name if self.reporter else ""


class IncidentGrant(access.Grant):
    """Membership in the team of a sealed incident (guardian, direct foreign key)."""

    content_object = models.ForeignKey(Incident, models.CASCADE, related_name="grants")

    class Meta(access.Grant.Meta):
        abstract = False
