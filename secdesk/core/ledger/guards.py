"""The database itself refuses to change the ledger: triggers against UPDATE, DELETE, TRUNCATE.

They are made after every `migrate`, not in a migration: altering a table on SQLite makes it anew,
and its triggers silently vanish. `manage.py check --database default` fails when one is missing or
weaker than written here. On SQLite `PRAGMA recursive_triggers` must be on (settings.py), or
`INSERT OR REPLACE` deletes without firing the trigger.

Whoever owns the database can drop them. They stop mistakes and injected SQL; the seal is what
finds the rest (verify_ledger.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from secdesk.core.ledger.events import Event
from secdesk.core.ledger.models import Checkpoint, LedgerDetails, LedgerEntry, LedgerEpoch, LedgerSeal

REFUSAL = "the ledger is append-only"
_DETAILS = LedgerDetails._meta.db_table
TABLES = tuple(model._meta.db_table for model in (LedgerEntry, LedgerSeal, Checkpoint, LedgerEpoch, LedgerDetails))

# The verifier needs the details of these to tell lawful from unlawful.
KEPT = (Event.LEDGER_EPOCH_BEGUN, Event.LEDGER_DETAILS_DISPOSED)
# Other details may be emptied once, whole, and only by naming an entry that records a disposal.
_ENTRY_WITH = f"EXISTS (SELECT 1 FROM {LedgerEntry._meta.db_table} WHERE id"  # noqa: S608 (constants)
_KEPT_EVENTS = ", ".join(f"'{event.value}'" for event in KEPT)
_LAWFUL_DISPOSAL = (
    "NEW.entry_id = OLD.entry_id AND NEW.salt IS NULL AND NEW.content = '' AND OLD.disposal_id IS NULL "
    f"AND {_ENTRY_WITH} = NEW.disposal_id AND event = '{Event.LEDGER_DETAILS_DISPOSED.value}') "
    f"AND NOT {_ENTRY_WITH} = OLD.entry_id AND event IN ({_KEPT_EVENTS}))"
)


@dataclass(frozen=True)
class Guard:
    """One trigger with the SQL that makes it."""

    name: str
    table: str
    sql: str


def _sqlite_guard(table: str, action: str, when: str = "") -> Guard:
    name = f"{table}_guard_{action.lower()}"
    sql = f"CREATE TRIGGER {name} BEFORE {action} ON {table} {when}BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    return Guard(name, table, sql)


def _sqlite_guards() -> list[Guard]:
    whens = {(_DETAILS, "UPDATE"): f"WHEN NOT ({_LAWFUL_DISPOSAL}) "}
    places = [(table, action) for table in TABLES for action in ("UPDATE", "DELETE")]
    return [_sqlite_guard(table, action, whens.get((table, action), "")) for table, action in places]


_REFUSE = f"RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation';"
_FUNCTIONS = {
    "secdesk_ledger_refuse": f"BEGIN {_REFUSE} END",
    "secdesk_ledger_details": f"BEGIN IF {_LAWFUL_DISPOSAL} THEN RETURN NEW; END IF; {_REFUSE} END",
}


def _postgresql_guards() -> list[Guard]:
    guards = []
    for table in TABLES:
        on_update = "secdesk_ledger_details" if table == _DETAILS else "secdesk_ledger_refuse"
        for action, level, function in (
            ("UPDATE", "ROW", on_update),
            ("DELETE", "ROW", "secdesk_ledger_refuse"),
            ("TRUNCATE", "STATEMENT", "secdesk_ledger_refuse"),
        ):
            name = f"{table}_guard_{action.lower()}"
            sql = (
                f"CREATE TRIGGER {name} BEFORE {action} ON {table} FOR EACH {level} EXECUTE FUNCTION {function}(); "
                f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"  # also under session_replication_role
            )
            guards.append(Guard(name, table, sql))
    return guards


def guards_for(connection: BaseDatabaseWrapper) -> list[Guard]:
    """Every trigger this database must have."""
    return _postgresql_guards() if connection.vendor == "postgresql" else _sqlite_guards()


def install(connection: BaseDatabaseWrapper) -> None:
    """Make every guard whose table exists, replacing what stands there."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for name, body in _FUNCTIONS.items():
                cursor.execute(
                    f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $body${body}$body$"
                )
    _make(connection, guards_for(connection))


def _make(connection: BaseDatabaseWrapper, guards: Iterable[Guard]) -> None:
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for guard in guards:
            if guard.table in tables:
                _drop(connection, cursor, guard)
                cursor.execute(guard.sql)


def lift(connection: BaseDatabaseWrapper) -> None:
    """Drop the guards; only tests, which empty their tables, have a reason."""
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for guard in guards_for(connection):
            if guard.table in tables:
                _drop(connection, cursor, guard)


def _drop(connection: BaseDatabaseWrapper, cursor: Any, guard: Guard) -> None:
    place = f" ON {guard.table}" if connection.vendor == "postgresql" else ""
    cursor.execute(f"DROP TRIGGER IF EXISTS {guard.name}{place}")


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Names of guards that are not there, switched off, or not as written above."""
    found = _found_on_postgresql(connection) if connection.vendor == "postgresql" else _found_on_sqlite(connection)
    return [guard.name for guard in guards_for(connection) if guard.name not in found]


def _found_on_sqlite(connection: BaseDatabaseWrapper) -> set[str]:
    with connection.cursor() as cursor:
        if not cursor.execute("PRAGMA recursive_triggers").fetchone()[0]:
            return set()
        rows = cursor.execute("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    expected = {(guard.name, guard.table, guard.sql) for guard in _sqlite_guards()}
    # a table renamed back by a migration comes in quotes
    return {name for name, table, sql in rows if (name, table, re.sub(r'"', "", sql)) in expected}


def _found_on_postgresql(connection: BaseDatabaseWrapper) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.tgname, c.relname, p.proname, p.prosrc FROM pg_trigger t "
            "JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid "
            "WHERE t.tgenabled = 'A' AND NOT t.tgisinternal AND t.tgqual IS NULL "
            "AND pg_table_is_visible(c.oid)"
        )
        rows = cursor.fetchall()
    named = {(guard.name, guard.table): guard.sql for guard in _postgresql_guards()}
    return {
        name
        for name, table, function, source in rows
        if _FUNCTIONS.get(function) == source and f"EXECUTE FUNCTION {function}()" in named.get((name, table), "")
    }


def before_migrate(sender: AppConfig, using: str, **kwargs: Any) -> None:
    """Receiver of `pre_migrate`: SQLite alters no table that another one's trigger reads.

    Until `after_migrate` no details are emptied at all, so that nothing is unguarded in between.
    """
    connection = connections[using]
    if connection.vendor == "sqlite":
        _make(connection, [_sqlite_guard(_DETAILS, "UPDATE")])


def after_migrate(sender: AppConfig, using: str, **kwargs: Any) -> None:
    """Receiver of `post_migrate`."""
    install(connections[using])


def check_guards(
    app_configs: Sequence[AppConfig] | None, databases: Iterable[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """`manage.py check --database default`: an error for each database whose ledger is unguarded."""
    return [
        Error(
            f"The ledger of database {alias!r} is not guarded: {', '.join(names)}.",
            hint="Run `manage.py migrate --skip-checks`, which makes them, and find out who dropped the triggers.",
            id="secdesk.ledger.E001",
        )
        for alias in databases or ()
        if (names := _missing_after_first_migrate(connections[alias]))
    ]


def _missing_after_first_migrate(connection: BaseDatabaseWrapper) -> list[str]:
    """Nothing is missing before the first `migrate`, which itself runs the checks."""
    if LedgerEntry._meta.db_table not in connection.introspection.table_names():
        return []
    return missing(connection)
