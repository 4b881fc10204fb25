"""Writing: saved views, and the note that somebody took a list out of the house."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.http import QueryDict

from secdesk.core.ledger.events import Event
from secdesk.core.ledger.services import record
from secdesk.core.lists.listing import Listing, ListRequest
from secdesk.core.lists.models import SavedView
from secdesk.core.people.models import Person


class TakenName(Exception):
    """The person already keeps a view of this name for this list."""


def save_view(listing: Listing, name: str, query: str, *, by: Person) -> SavedView:
    """Keep a list's filters and order under a name; what the list does not know is dropped.

    Raises TakenName.
    """
    asked = listing.request(by, QueryDict(query[:2000].removeprefix("?")))
    try:
        with transaction.atomic():
            view = SavedView.objects.create(
                person=by, list_name=listing.name, name=name, query=asked.canonical[:1000]
            )  # fmt: skip
            record(Event.LIST_VIEW_SAVED, by=by, target=view)
    except IntegrityError as error:
        raise TakenName from error
    return view


def forget_view(view: SavedView, *, by: Person) -> None:
    """Remove a saved view."""
    with transaction.atomic():
        record(Event.LIST_VIEW_REMOVED, by=by, target=view)
        view.delete()


def record_export(asked: ListRequest, kind: str) -> None:
    """Note in the ledger who exported which list, how it was filtered (names of filters only), in which form."""
    with transaction.atomic():
        record(
            Event.LIST_EXPORTED, by=asked.person, list=asked.listing.name, form=kind,
            filters=sorted(asked.asked), rows=asked.count.number, more=not asked.count.exact,
        )  # fmt: skip
