"""Registration slips as they are printed: reads only."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone
from django.utils.safestring import SafeString

from secdesk.accounts.models import Invitation, Section
from secdesk.accounts.qr import qr_svg
from secdesk.accounts.services.invitations import sheet_codes
from secdesk.core.people.models import Person, Posting

PRINTABLE_FOR = dt.timedelta(hours=1)  # afterwards: print anew, the old slip dies


@dataclass(frozen=True)
class Slip:
    """One slip of paper."""

    person: Person
    code: str
    address: str
    expires_at: dt.datetime
    qr: SafeString
    sheet: list[tuple[int, str]]  # codes of the sheet that goes with it


def printable(section: Section, *, by: Person) -> list[Slip]:
    """Slips of a section in the order of the roster (kana) that `by` made and nobody handed over."""
    people = Posting.objects.today().filter(department=section).values("person")
    since = timezone.now() - PRINTABLE_FOR
    rows = Invitation.objects.live().filter(kind=Invitation.Kind.SLIP, handed_over_at__isnull=True)
    rows = rows.filter(created_by=by, created_at__gte=since, person__in=people).select_related("person")
    return [_slip(row) for row in rows.order_by("person__kana", "person__number")]


def _slip(row: Invitation) -> Slip:
    address = f"{settings.SECDESK_URL}/start/"
    return Slip(
        row.person,
        row.code,
        address.removeprefix("https://").removeprefix("http://"),
        row.expires_at,
        qr_svg(f"{address}#{row.code}"),
        list(enumerate(sheet_codes(row), 1)),
    )
