"""A report comes in: from the reporter's own page, on behalf of somebody, or by telephone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from incidents.models import Incident, IncidentType, ReferenceCounter, StatusChange, Track
from incidents.models.incident import title_of
from incidents.services import life, notices, sealing
from incidents.vocabulary import Concern, Source, Status, TrackCode
from secdesk.core.calendar import fiscal_year
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.services import record
from secdesk.core.people.models import Department, Person

REIWA_OFFSET = 2018  # 令和n年 = 2018 + n


@dataclass(frozen=True)
class Report:
    """What the reporter said. Times are aware datetimes."""

    what: str
    noticed_at: dt.datetime
    concerns: Sequence[str]
    reported_as: str = ""
    phone: str = ""
    reporter_name: str = ""  # the real reporter's, when somebody reports for them
    quiet: bool = False  # 「所属長に知らせない」


def report_incident(report: Report, *, by: Person) -> Incident:
    """Make an incident out of a report.

    A quiet report is sealed from its first row (architecture §3.6). Raises sealing.NoTeam when
    nobody is left who may see it.
    """
    fields = {
        "source": Source.PROXY if report.reporter_name else Source.OWN,
        "reporter": by,
        "reporter_name": report.reporter_name,
        "department": by.department,
        "reported_at": timezone.now(),
        "known_at": report.noticed_at,
    }
    with transaction.atomic():
        incident = _create(report, by=by, **fields)
        notices.reported(incident, quiet=report.quiet)
    return incident


def record_telephone_report(
    report: Report,
    *,
    by: Person,
    called_at: dt.datetime,
    known_at: dt.datetime,
    reporter: Person | None,
    department: Department | None,
) -> Incident:
    """Record what a caller told CSIRT, with its true times; whoever took the call has it in hand."""
    with transaction.atomic():
        incident = _create(
            report,
            by=by,
            source=Source.TELEPHONE,
            reporter=reporter,
            reporter_name=report.reporter_name,
            department=department or (reporter.department if reporter else None),
            reported_at=called_at,
            known_at=known_at,
        )
        notices.reported(incident, quiet=report.quiet, taken_by=by)
        life.accept(incident, by=by)
    return incident


def _create(report: Report, *, by: Person, **fields: Any) -> Incident:
    department: Department | None = fields["department"]
    year, reference = next_reference(fields["reported_at"])
    incident = Incident(
        reference=reference,
        fiscal_year=year,
        title=title_of(report.what),
        outline=report.what,
        reported_text=report.what,
        reported_as=report.reported_as,
        concerns=[concern.value for concern in Concern if concern.value in report.concerns],
        kind=_proposed_type(report.reported_as),
        noticed_at=report.noticed_at,
        recorded_by=by,
        phone=report.phone,
        bureau_id=department.bureau_id if department else None,
        organ_id=department.organ_id if department else None,
        sealed=report.quiet,
        quiet=report.quiet,
        **fields,
    )
    incident.full_clean(exclude=incident.RELATIONS, validate_unique=False)  # unique is the database's word
    incident.save()
    Track.objects.bulk_create(Track(incident=incident, code=code) for code in TrackCode)
    StatusChange.objects.create(incident=incident, status=Status.NEW, at=incident.reported_at, by=by)
    record(
        Event.INCIDENT_REPORTED,
        by=by,
        target=incident,
        after={"status": incident.status, "source": incident.source, "sealed": incident.sealed},
    )
    if report.quiet:
        sealing.name_first_team(incident, by=by)
    return incident


def _proposed_type(reported_as: str) -> IncidentType | None:
    """The only or first type the tile stands for; triage shows it as a proposal."""
    return IncidentType.objects.filter(reported_as=reported_as, is_active=True).first() if reported_as else None


def next_reference(at: dt.datetime) -> tuple[int, str]:
    """Fiscal year and the next reference of it: R8-0041. Call inside the transaction that uses it."""
    year = fiscal_year(timezone.localtime(at).date())
    counter = ReferenceCounter.objects.filter(fiscal_year=year)
    if not counter.update(last=F("last") + 1):
        try:
            with transaction.atomic():
                ReferenceCounter.objects.create(fiscal_year=year, last=1)
        except IntegrityError:  # another report began the year first
            counter.update(last=F("last") + 1)
    return year, reference_of(year, counter.get().last)


def reference_of(year: int, number: int) -> str:
    """令和8年度 the 41st: R8-0041."""
    return f"R{year - REIWA_OFFSET}-{number:04d}"
