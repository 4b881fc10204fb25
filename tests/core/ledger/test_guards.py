"""The database itself refuses to change the ledger, also after a later migration of its tables."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from secdesk.core.ledger import guards
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.models import Checkpoint, LedgerDetails, LedgerEntry, LedgerEpoch, LedgerSeal
from secdesk.core.ledger.services import SystemActor, record

MIGRATIONS = Path(guards.__file__).parent.parent / "migrations"


@pytest.fixture
def entry(db: None) -> LedgerEntry:
    """One entry with a row in every guarded table."""
    with transaction.atomic():
        entry = record(Event.LOGIN_FAILED, by=SystemActor("test"), reason="x")
    now = timezone.now()
    LedgerSeal.objects.create(leaf_index=0, entry_id=entry.pk, leaf_hash="0" * 64)
    Checkpoint.objects.create(tree_size=1, epoch=1, root="0" * 64, note="n", peaks="", highest_entry_id=1, at=now)
    LedgerEpoch.objects.create(number=2, first_index=1, entry_id=entry.pk, at=now)
    return entry


def refused(sql: str) -> bool:
    """Whether the database refuses the statement because of a guard."""
    with pytest.raises(IntegrityError, match=guards.REFUSAL), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    return True


@pytest.mark.parametrize("table", guards.TABLES)
def test_update_and_delete_are_refused(entry: LedgerEntry, table: str) -> None:
    column = {"core_ledgerdetails": "content", "core_ledgerentry": "actor", "core_checkpoint": "note"}.get(
        table, "entry_id"
    )
    assert refused(f"UPDATE {table} SET {column} = {column}")
    assert refused(f"DELETE FROM {table}")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="REPLACE is SQLite's")
def test_replace_is_refused(entry: LedgerEntry) -> None:
    assert refused(f"REPLACE INTO core_ledgerdetails (entry_id, content) VALUES ({entry.pk}, 'other')")
    assert LedgerDetails.objects.get().content != "other"


@pytest.mark.skipif(connection.vendor != "postgresql", reason="TRUNCATE is PostgreSQL's")
@pytest.mark.parametrize("table", guards.TABLES)
def test_truncate_is_refused(entry: LedgerEntry, table: str) -> None:
    connection.check_constraints()
    assert refused(f"TRUNCATE {table} CASCADE")


@pytest.fixture
def disposal(db: None) -> LedgerEntry:
    """An entry that records a disposal."""
    with transaction.atomic():
        return record(Event.LEDGER_DETAILS_DISPOSED, by=SystemActor("test"), count=1)


def test_details_are_emptied_only_whole_and_under_an_entry_that_says_so(
    entry: LedgerEntry, disposal: LedgerEntry
) -> None:
    place = f"WHERE entry_id = {entry.pk}"
    assert refused(f"UPDATE core_ledgerdetails SET salt = NULL, content = '' {place}")
    assert refused(f"UPDATE core_ledgerdetails SET content = '', disposal_id = {disposal.pk} {place}")
    assert refused(f"UPDATE core_ledgerdetails SET salt = NULL, content = 'x', disposal_id = {disposal.pk} {place}")
    LedgerDetails.objects.filter(pk=entry.pk).update(salt=None, content="", disposal=disposal)
    assert refused(f"UPDATE core_ledgerdetails SET content = 'x' {place}")
    assert refused(f"UPDATE core_ledgerdetails SET salt = NULL, content = '', disposal_id = {disposal.pk} {place}")


def test_details_are_not_emptied_under_an_entry_that_records_no_disposal(entry: LedgerEntry) -> None:
    for other in (entry.pk, entry.pk + 1_000):
        assert refused(f"UPDATE core_ledgerdetails SET salt = NULL, content = '', disposal_id = {other}")


@pytest.mark.parametrize("event", guards.KEPT)
def test_details_that_the_verifier_needs_are_kept(disposal: LedgerEntry, event: Event) -> None:
    with transaction.atomic():
        kept = record(event, by=SystemActor("test"), number=2)
    emptied = f"UPDATE core_ledgerdetails SET salt = NULL, content = '', disposal_id = {disposal.pk}"
    assert refused(f"{emptied} WHERE entry_id = {kept.pk}")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL alters in place")
def test_while_sqlite_migrates_no_details_are_emptied(entry: LedgerEntry, disposal: LedgerEntry) -> None:
    core = apps.get_app_config("core")
    emptied = "UPDATE core_ledgerdetails SET salt = NULL, content = '', disposal_id = "
    guards.before_migrate(core, using=connection.alias)
    assert refused(f"{emptied} {disposal.pk} WHERE entry_id = {entry.pk}")
    assert guards.missing(connection) == ["core_ledgerdetails_guard_update"]
    guards.after_migrate(core, using=connection.alias)
    assert guards.missing(connection) == []


def errors() -> list[str]:
    """Ids of the errors that `check --database default` gives."""
    return [message.id or "" for message in run_checks(databases=["default"])]


def test_the_check_finds_a_missing_and_a_weakened_guard(db: None) -> None:
    assert guards.missing(connection) == []
    assert "secdesk.ledger.E001" not in errors()
    on_table = "" if connection.vendor == "sqlite" else " ON core_ledgerentry"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER core_ledgerentry_guard_delete{on_table}")
    assert guards.missing(connection) == ["core_ledgerentry_guard_delete"]
    assert "secdesk.ledger.E001" in errors()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "CREATE TRIGGER core_ledgerentry_guard_delete BEFORE DELETE ON core_ledgerentry BEGIN SELECT 1; END"
            )
        else:
            cursor.execute(
                "CREATE OR REPLACE FUNCTION secdesk_ledger_refuse() RETURNS trigger LANGUAGE plpgsql "
                "AS 'BEGIN RETURN OLD; END'"
            )
    assert "core_ledgerentry_guard_delete" in guards.missing(connection)
    guards.install(connection)
    assert guards.missing(connection) == []


LATER = """
from django.db import migrations, models
class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    operations = [
        migrations.AlterField("ledgerentry", "request_id", models.CharField(max_length=48, blank=True)),
        migrations.AddField("ledgerseal", "remark", models.CharField(max_length=9, default="")),
        migrations.AlterField("ledgerdetails", "content", models.TextField(blank=True, default="")),
    ]
"""


def test_guards_survive_a_later_migration_of_the_table(
    transactional_db: None, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "later_migrations"
    shutil.copytree(MIGRATIONS, package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "0002_later.py").write_text(LATER, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    settings.MIGRATION_MODULES = {"core": "later_migrations"}
    try:
        with transaction.atomic():
            entry = record(Event.LOGIN_FAILED, by=None)
        call_command("migrate", "core", "0002", verbosity=0)
        with connection.cursor() as cursor:
            columns = connection.introspection.get_table_description(cursor, "core_ledgerseal")
        assert "remark" in {column.name for column in columns}
        assert guards.missing(connection) == []
        assert refused(f"DELETE FROM core_ledgerdetails WHERE entry_id = {entry.pk}")
        assert refused(f"UPDATE core_ledgerentry SET actor = 'other' WHERE id = {entry.pk}")
    finally:
        call_command("migrate", "core", "0001", verbosity=0)
        for name in [name for name in sys.modules if name.startswith("later_migrations")]:
            del sys.modules[name]
    assert guards.missing(connection) == []


def test_altering_a_table_on_sqlite_drops_its_triggers(transactional_db: None) -> None:
    """Why the guards are not made in a migration: without the receiver they would be gone."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL alters in place")
    guards.before_migrate(apps.get_app_config("core"), using=connection.alias)
    with connection.schema_editor() as editor:
        editor._remake_table(LedgerEntry)
    assert set(guards.missing(connection)) >= {"core_ledgerentry_guard_update", "core_ledgerentry_guard_delete"}
    guards.install(connection)
