"""A list is declared once: what it shows, filters, sorts, keeps, exports and does to many rows at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db import models
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from secdesk.core.access import holds
from secdesk.core.lists.filters import Filter
from secdesk.core.lists.models import SavedView
from secdesk.core.lists.paging import PAGE_SIZE, Count, Cursor, Order, Selection
from secdesk.core.lists.rows import rows_html
from secdesk.core.people.models import Person


@dataclass(frozen=True)
class Column:
    """One column: `value` is what the export writes, `cell` what the page shows (the value, escaped).

    `sort` names a field of the model that is never null and has an index (field, id).
    """

    name: str
    label: Any
    value: Callable[[Any], Any]
    cell: Callable[[Any], Any] | None = None
    sort: str = ""
    css: str = ""
    title: bool = False  # the row's heading, with the link
    export_only: bool = False
    stacked_label: bool = True  # says its name on narrow screens, where the heading is gone

    def shown(self, row: Any) -> Any:
        """What stands in the cell."""
        return self.cell(row) if self.cell else self.value(row)


@dataclass(frozen=True)
class View:
    """A built-in tab: a name for a query as it stands in the address."""

    label: Any
    query: str = ""


@dataclass(frozen=True)
class BulkAction:
    """Something done to many rows; `apply` is a service for one row, with the form's cleaned values.

    It may raise one of `refusals`; such rows are left as they are and counted.
    """

    name: str
    label: Any
    permission: StrEnum
    apply: Callable[..., object]
    form: type[forms.Form] | None = None
    refusals: tuple[type[Exception], ...] = ()
    at_most: int = 500


@dataclass(frozen=True)
class Chip:
    """One active filter, and the address without it."""

    words: str
    without: str


@dataclass(frozen=True)
class Tab:
    """One saved view."""

    label: Any
    query: str
    is_current: bool
    own: SavedView | None = None


@dataclass(frozen=True)
class Heading:
    """A column's heading: sorted "ascending" or "descending" or not, and the address that sorts by it."""

    column: Column
    sorted: str
    query: str


@dataclass(frozen=True)
class Listing:
    """The declaration. `rows` gives the model's guarded queryset, `permission` what lets a person see them.

    `branches` replaces the queryset's own for a model without a guarded queryset. `prepare` is given the
    rows of a page (or of a batch of an export) and the reader, before their cells are drawn.
    """

    name: str
    title: Any
    rows: Callable[[], QuerySet[Any]]
    permission: StrEnum
    columns: tuple[Column, ...]
    order: str
    filters: tuple[Filter, ...] = ()
    views: tuple[View, ...] = ()
    bulk: tuple[BulkAction, ...] = ()
    related: tuple[str, ...] = ()
    branches: Callable[[Person, StrEnum], list[Q]] | None = None
    prepare: Callable[[Sequence[Any], Person], None] | None = None
    empty: Any = ""
    row_label: Callable[[Any], Any] = str  # short, for the check box
    row_text: Callable[[Any], Any] = str  # one line, for the page that asks once more
    page_size: int = PAGE_SIZE

    @property
    def model(self) -> type[models.Model]:
        """Whose rows these are."""
        return self.rows().model

    @property
    def shown(self) -> tuple[Column, ...]:
        """Columns of the page; the export has all of them."""
        return tuple(column for column in self.columns if not column.export_only)

    @property
    def sorts(self) -> frozenset[str]:
        """Fields that may be sorted by."""
        return frozenset({column.sort for column in self.columns if column.sort} | {self.order.removeprefix("-")})

    def selection(self, person: Person, permission: StrEnum | None = None) -> Selection:
        """Rows on which the person may do `permission` (default: see them)."""
        rows = self.rows()
        if self.related:
            rows = rows.select_related(*self.related)
        branches = self.branches or rows.branches  # type: ignore[attr-defined]
        return Selection(rows, branches(person, permission or self.permission))

    def request(self, person: Person, query: QueryDict) -> ListRequest:
        """The list as one person asks for it."""
        return ListRequest(self, person, query)


_listings: dict[str, Listing] = {}


def register(listing: Listing) -> Listing:
    """Make a list known by its name, for saved views and for the tests that walk all lists."""
    _listings[listing.name] = listing
    return listing


def registered() -> Mapping[str, Listing]:
    """All lists."""
    return dict(_listings)


class ListRequest:
    """One person's request for a list: parsed once, read lazily, every reading through the door."""

    def __init__(self, listing: Listing, person: Person, query: QueryDict) -> None:
        self.listing = listing
        self.person = person
        self.query = query
        self.form = self._form()
        self.is_valid = self.form.is_valid()

    # --- what was asked for ---------------------------------------------------------------------

    def _form(self) -> forms.Form:
        fields: dict[str, forms.Field] = {}
        for part in self.listing.filters:
            fields.update(part.form_fields())
        form = forms.Form(self.query, prefix=None, auto_id="f-%s", use_required_attribute=False)
        form.fields.update(fields)
        return form

    @cached_property
    def order(self) -> Order:
        """The order asked for, if the list offers it."""
        asked = Order.parse(self.query.get("sort", ""))
        return asked if asked.field in self.listing.sorts else Order.parse(self.listing.order)

    @cached_property
    def asked(self) -> dict[str, str]:
        """Filters and order that differ from the plain list, as they stand in the address."""
        values = {name: self.query.get(name, "").strip() for name in self.form.fields}
        asked = {name: value for name, value in values.items() if value}
        if str(self.order) != self.listing.order:
            asked["sort"] = str(self.order)
        return asked

    @property
    def canonical(self) -> str:
        """The same as an address query, in a fixed order, so that two equal lists have equal addresses."""
        return canonical(self.asked)

    def address(self, **changes: str | None) -> str:
        """Address query with some values changed, or taken away by None."""
        values: dict[str, str | None] = {**self.asked, **changes}
        return "?" + canonical({name: value for name, value in values.items() if value})

    # --- rows -----------------------------------------------------------------------------------

    @cached_property
    def visible(self) -> Selection:
        """Rows the person sees and the filters leave."""
        return self.narrowed()

    def narrowed(self, permission: StrEnum | None = None) -> Selection:
        """Rows behind the door and the filters; none at all when a filter could not be understood."""
        selection = self.listing.selection(self.person, permission)
        if not self.is_valid:
            return selection.filter(Q(pk__in=()))
        conditions = [part.condition(self.form.cleaned_data, self.person) for part in self.listing.filters]
        return selection.filter(*(condition for condition in conditions if condition is not None))

    @cached_property
    def _page(self) -> tuple[list[Any], bool, bool, int]:
        """(rows, is there a page before, is there one after, rows before)."""
        size = self.listing.page_size
        backwards = "before" in self.query and "after" not in self.query
        cursor = Cursor.decode(self.query.get("before" if backwards else "after", ""), self.listing.model, self.order)
        order = self.order.reversed() if backwards else self.order
        rows = list(self.visible.first(order, size + 1, cursor))
        more = len(rows) > size
        rows = self._prepared(rows[:size])
        if not backwards:
            return rows, cursor is not None, more, cursor.position if cursor else 0
        rows.reverse()
        if not more:  # the first page, whatever the link said
            return rows, False, cursor is not None, 0
        start = max(cursor.position - len(rows), 0) if cursor else 0
        return rows, True, cursor is not None, start

    def _prepared(self, rows: list[Any]) -> list[Any]:
        if self.listing.prepare is not None:
            self.listing.prepare(rows, self.person)
        return rows

    @property
    def rows(self) -> list[Any]:
        """The page's rows."""
        return self._page[0]

    @property
    def start(self) -> int:
        """How many rows stand before the page."""
        return self._page[3]

    @property
    def end(self) -> int:
        """How many rows stand before the end of the page."""
        return self.start + len(self.rows)

    @cached_property
    def count(self) -> Count:
        """How many rows the filters leave; no query when the one page shows them all."""
        rows, before, after, _start = self._page
        if rows and not before and not after:
            return Count(len(rows), True)
        return self.visible.count()

    @property
    def following(self) -> str:
        """Address of the next page, empty at the end."""
        if not self.rows or not self._page[2]:
            return ""
        return self.address(after=Cursor.at(self.rows[-1], self.order, self.end).encode())

    @property
    def previous(self) -> str:
        """Address of the page before, empty at the beginning."""
        if not self._page[1]:
            return ""
        if not self.rows:  # behind the last row: back to the beginning
            return self.address()
        return self.address(before=Cursor.at(self.rows[0], self.order, self.start).encode())

    # --- around the rows ------------------------------------------------------------------------

    @cached_property
    def chips(self) -> list[Chip]:
        """Active filters."""
        if not self.is_valid:
            return []
        values = self.form.cleaned_data
        pairs = [pair for part in self.listing.filters for pair in part.chips(values, self.form)]
        return [Chip(words, self.address(**{name: None})) for name, words in pairs]

    @cached_property
    def headings(self) -> list[Heading]:
        """The columns' headings; sorting by the sorted column turns the order round."""
        return [self._heading(column) for column in self.listing.shown]

    def _heading(self, column: Column) -> Heading:
        if not column.sort:
            return Heading(column, "", "")
        if column.sort != self.order.field:
            return Heading(column, "", self.address(sort=column.sort))
        state = "descending" if self.order.descending else "ascending"
        return Heading(column, state, self.address(sort=str(self.order.reversed())))

    @cached_property
    def tabs(self) -> list[Tab]:
        """Built-in views, then the person's own (one query)."""
        own = SavedView.objects.visible_to(self.person).filter(list_name=self.listing.name).order_by("pk")
        built_in = [(view.label, canonical(QueryDict(view.query).dict()), None) for view in self.listing.views]
        kept = [(view.name, view.query, view) for view in own]
        return [
            Tab(label, f"?{query}", query == self.canonical, view)
            for label, query, view in ((_("All"), "", None), *built_in, *kept)
        ]

    @property
    def current_tab(self) -> Tab | None:
        """The view whose filters and order these are."""
        return next((tab for tab in self.tabs if tab.is_current), None)

    @property
    def shown(self) -> Iterable[SafeString]:
        """Rows as HTML."""
        return rows_html(
            self.rows, self.listing.shown,
            name=self.listing.row_label, marks=bool(self.actions), all_marked=self.takes_all,
        )  # fmt: skip

    @property
    def mark_all(self) -> str:
        """Address that marks every row the filters leave."""
        return self.address(mark="all")

    @cached_property
    def actions(self) -> list[BulkAction]:
        """What the person may do to many rows."""
        return [action for action in self.listing.bulk if holds(self.person, action.permission)]

    @property
    def takes_all(self) -> bool:
        """Whether every row of the list is marked, not only those of the page."""
        return self.query.get("mark") == "all"

    @property
    def export_csv(self) -> str:
        """Address of the CSV."""
        return self.address(format="csv")

    @property
    def export_xlsx(self) -> str:
        """Address of the XLSX."""
        return self.address(format="xlsx")

    def export_rows(self) -> Iterable[Sequence[Any]]:
        """Heading and every row, as shown: same door, filters, columns and order; read in batches."""
        yield [str(column.label) for column in self.listing.columns]
        for batch in self.visible.batches(self.order):
            for row in self._prepared(batch):
                yield [column.value(row) for column in self.listing.columns]


def canonical(values: Mapping[str, Any]) -> str:
    """Address query in the order of names."""
    return urlencode(sorted(values.items()))
