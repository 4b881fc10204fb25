"""Pages and counts of rows behind the door, each branch walking an index of its own.

A person reaches rows by several ways (their section, their own, a grant). One OR over these ways makes
the database read everything; asking each way for its first rows and joining the answers does not
(docs/architecture.md §3: 621 ms against 0.04 ms at a million rows).
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet, ValidationError
from django.db import connections, models
from django.db.models import BooleanField, F, Func, Q, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.db.models.sql.compiler import SQLCompiler
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

PAGE_SIZE = 50
COUNT_TO = 1_000


class RowAfter(Func):
    """`(field, id) > (value, id)` or `<` as one row value, which both databases walk along an index."""

    output_field = BooleanField()
    conditional = True

    def __init__(self, *expressions: Any, comparison: str) -> None:
        super().__init__(*expressions)
        self.extra["comparison"] = comparison

    def as_sql(self, compiler: SQLCompiler, connection: Any, **context: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        """The comparison with its parameters."""
        parts = [compiler.compile(expression) for expression in self.source_expressions]
        params = [param for _sql, some in parts for param in some]
        left, left_id, right, right_id = (sql for sql, _params in parts)
        return f"(({left}, {left_id}) {self.extra['comparison']} ({right}, {right_id}))", params


@dataclass(frozen=True)
class Order:
    """By one field of the model that is never null, then by id in the same direction."""

    field: str
    descending: bool = False

    @classmethod
    def parse(cls, text: str) -> Order:
        """From Django's way of writing it: `-known_at`."""
        return cls(text.removeprefix("-"), text.startswith("-"))

    def __str__(self) -> str:
        return f"-{self.field}" if self.descending else self.field

    def reversed(self) -> Order:
        """The same walk in the other direction."""
        return Order(self.field, not self.descending)

    @property
    def names(self) -> tuple[str, ...]:
        """For `order_by`."""
        sign = "-" if self.descending else ""
        return (f"{sign}{self.field}",) if self.field == "id" else (f"{sign}{self.field}", f"{sign}pk")


@dataclass(frozen=True)
class Cursor:
    """A place between two rows: the row's value of the sort field and its id.

    `position` is how many rows stood before the page when the reader came to it; for show only.
    """

    value: Any
    pk: int
    position: int = 0

    @classmethod
    def at(cls, row: models.Model, order: Order, position: int) -> Cursor:
        """The place of a row."""
        field = row._meta.get_field(order.field)
        return cls(field.value_to_string(row), row.pk, position)  # type: ignore[union-attr]

    def encode(self) -> str:
        """As text for a link. Not signed: it names only a place, the door decides what is seen there."""
        content = json.dumps([self.value, self.pk, self.position], ensure_ascii=False, separators=(",", ":"))
        return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str, model: type[models.Model], order: Order) -> Cursor | None:
        """From a link; None when it is not one of ours (an old bookmark, another sort)."""
        try:
            raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            value, pk, position = json.loads(raw)
            field = model._meta.get_field(order.field)
            parsed = field.to_python(value)  # type: ignore[union-attr]
            if parsed is None or not isinstance(pk, int) or not isinstance(position, int) or abs(pk) >= 2**63:
                return None
            field.run_validators(parsed)  # type: ignore[union-attr]
            _refuse_unstorable(parsed)
        except (binascii.Error, ValueError, TypeError, OverflowError, RecursionError, ValidationError):
            return None
        return cls(parsed, pk, max(0, min(position, 10**9)))

    def condition(self, model: type[models.Model], order: Order) -> RowAfter | Q:
        """Rows behind this place in the given order."""
        if order.field == "id":
            return Q(pk__lt=self.pk) if order.descending else Q(pk__gt=self.pk)
        field = model._meta.get_field(order.field)
        return RowAfter(
            F(order.field), F("pk"), Value(self.value, output_field=field),  # type: ignore[arg-type]
            Value(self.pk),
            comparison="<" if order.descending else ">",
        )  # fmt: skip


def _refuse_unstorable(value: Any) -> None:
    """Raise ValueError for what a database can't be asked about: NUL, half a letter, a day at the end of time."""
    if isinstance(value, str) and b"\0" in value.encode():  # half a letter raises UnicodeEncodeError, a ValueError
        raise ValueError("NUL")
    if isinstance(value, dt.date) and not dt.MINYEAR < value.year < dt.MAXYEAR:  # another zone may lie outside
        raise ValueError("year")


@dataclass(frozen=True)
class Count:
    """How many rows there are; from `COUNT_TO` on only "or more"."""

    number: int
    exact: bool

    @property
    def words(self) -> str:
        """For the screen: 44 rows, 1,000 rows or more."""
        number = {"n": f"{self.number:,}"}
        if not self.exact:
            return _("%(n)s rows or more") % number
        return ngettext("%(n)s row", "%(n)s rows", self.number) % number


class Selection:
    """Rows of one model that a person reaches, as one query per branch."""

    def __init__(self, rows: QuerySet[Any], branches: Sequence[Q], conditions: tuple[Any, ...] = ()) -> None:
        self.rows = rows
        self.branches = branches
        self.conditions = conditions

    def filter(self, *conditions: Any) -> Selection:
        """Fewer rows; the conditions hold in every branch."""
        return Selection(self.rows, self.branches, (*self.conditions, *conditions))

    def queries(self) -> list[QuerySet[Any]]:
        """One query per branch."""
        return [self.rows.filter(branch, *self.conditions) for branch in self.branches]

    def first(self, order: Order, number: int, cursor: Cursor | None = None) -> QuerySet[Any]:
        """The first `number` rows in the order, behind the cursor."""
        here = self.filter(cursor.condition(self.rows.model, order)) if cursor else self
        if len(here.branches) == 1:
            return here.queries()[0].order_by(*order.names)[:number]
        sql, params = here._union(number, order)
        if not sql:
            return self.rows.none()
        return self.rows.filter(pk__in=RawSQL(sql, params)).order_by(*order.names)[:number]  # noqa: S611

    def batches(self, order: Order, size: int = 500) -> Iterator[list[Any]]:
        """All rows in the order, so many at a time."""
        cursor: Cursor | None = None
        while batch := list(self.first(order, size, cursor)):
            yield batch
            if len(batch) < size:
                return
            cursor = Cursor(getattr(batch[-1], order.field), batch[-1].pk)

    def count(self, limit: int = COUNT_TO) -> Count:
        """Exact up to `limit`, and no more work than that."""
        if len(self.branches) == 1:
            number = self.queries()[0].order_by().values("pk")[: limit + 1].count()
        else:
            sql, params = self._union(limit + 1)
            number = 0
            if sql:
                with connections[self.rows.db].cursor() as cursor:
                    cursor.execute(f"SELECT COUNT(*) FROM ({sql}) AS counted", params)  # noqa: S608
                    number = cursor.fetchone()[0]
        return Count(min(number, limit), number <= limit)

    def picked(self, pks: Sequence[int]) -> Selection:
        """Only these rows, where the person reaches them."""
        return self.filter(Q(pk__in=pks))

    def _union(self, number: int, order: Order | None = None) -> tuple[str, tuple[Any, ...]]:
        """SQL of the ids: the first rows of each branch, without repeats. Django can't slice inside a union."""
        parts: list[str] = []
        params: list[Any] = []
        for place, branch in enumerate(self.queries()):
            ids = branch.order_by(*(order.names if order else ()))
            try:
                sql, some = ids.values("pk")[:number].query.get_compiler(using=self.rows.db).as_sql()
            except EmptyResultSet:
                continue
            parts.append(f"SELECT * FROM ({sql}) AS branch_{place}")  # noqa: S608
            params.extend(some)
        return " UNION ".join(parts), tuple(params)
