"""Details of old entries are disposed of after retention; the entries themselves, and their seals, stay."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from secdesk.core.ledger.events import Event
from secdesk.core.ledger.guards import KEPT
from secdesk.core.ledger.models import LedgerDetails, LedgerEntry, LedgerSeal
from secdesk.core.ledger.services import Actor, record

BATCH = 500  # details a transaction
MINIMUM_RETENTION = dt.timedelta(days=366)  # a year: the shortest that rules for records of operation allow


def dispose_details(*, before: dt.datetime, by: Actor, decided_by: str) -> int:
    """Empty the details of sealed entries older than `before`; returns how many.

    One entry records the places in the tree and who decided (name or document number); the emptied
    details point to it. When interrupted, the next call goes on under an entry of its own. Until that
    entry is sealed, the verifier takes the emptied details for deleted ones. Raises ValueError when
    `before` is less than MINIMUM_RETENTION ago.
    """
    if before > timezone.now() - MINIMUM_RETENTION:
        raise ValueError("details are kept for at least a year")
    places = _places(before)
    if not places:
        return 0
    with transaction.atomic():
        entry = record(
            Event.LEDGER_DETAILS_DISPOSED,
            by=by,
            count=len(places),
            ranges=_ranges([index for index, _ in places]),
            decided_by=decided_by,
        )
    for start in range(0, len(places), BATCH):
        ids = [entry_id for _, entry_id in places[start : start + BATCH]]
        LedgerDetails.objects.filter(pk__in=ids).update(salt=None, content="", disposal=entry)
    return len(places)


def _places(before: dt.datetime) -> list[tuple[int, int]]:
    """(leaf index, entry id) of what may go, in the tree's order."""
    old = LedgerEntry.objects.filter(at__lt=before, details__disposal__isnull=True).exclude(event__in=KEPT)
    seals = LedgerSeal.objects.filter(entry_id__in=old.values("pk")).order_by("leaf_index")
    return list(seals.values_list("leaf_index", "entry_id"))


def _ranges(indexes: list[int]) -> list[list[int]]:
    """Neighbouring indexes as [first, last], so that the entry stays short."""
    ranges: list[list[int]] = []
    for index in indexes:
        if ranges and ranges[-1][1] == index - 1:
            ranges[-1][1] = index
        else:
            ranges.append([index, index])
    return ranges
