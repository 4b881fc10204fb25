"""A ledger with checkpoints outside, and the stand-alone verifier as an auditor runs it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from secdesk.core.ledger import guards, notes, outside, verify_ledger
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.export import export_lines
from secdesk.core.ledger.models import LedgerEntry
from secdesk.core.ledger.seal import seal
from secdesk.core.ledger.services import SystemActor, record

VERIFIER = Path(verify_ledger.__file__)


@dataclass
class Outside:
    """The folder on another device, and what an auditor does with it."""

    folder: Path
    work: Path
    key: str

    def verify(self, *checkpoints: Path, key: str = "", options: tuple[str, ...] = ()) -> tuple[int, str]:
        """Export the ledger and run the verifier in a process of its own: exit code and what it printed."""
        export = self.work / "export.jsonl"
        export.write_text("".join(export_lines()), "utf-8")
        return self.run(export, key or self.key, *(checkpoints or (self.folder,)), options=options)

    def verify_without_checkpoints(self) -> tuple[int, str]:
        """The same without anything from outside."""
        empty = self.work / "nothing"
        empty.mkdir(exist_ok=True)
        return self.verify(empty)

    def notes_only(self) -> Path:
        """A copy of the folder without the leaf lines: what mails and sheets hold."""
        copy = self.work / "notes.txt"
        lines = "".join(file.read_text("utf-8") for file in sorted(self.folder.glob("*.txt"))).splitlines(True)
        copy.write_text("".join(line for line in lines if not line.startswith("leaf ")), "utf-8")
        return copy

    def run(self, export: Path, key: str, *places: Path, options: tuple[str, ...] = ()) -> tuple[int, str]:
        """`verify_ledger.py EXPORT KEY CHECKPOINTS`, isolated from the desk's own code."""
        command = [sys.executable, "-I", str(VERIFIER), str(export), key, *map(str, places), *options]
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", cwd=self.work, check=False)
        assert not done.stderr, done.stderr
        return done.returncode, done.stdout


@pytest.fixture
def kept(db: None, tmp_path: Path, settings: Any) -> Outside:
    """An empty folder outside, configured."""
    folder, work = tmp_path / "outside", tmp_path / "auditor"
    folder.mkdir()
    work.mkdir()
    settings.SECDESK_CHECKPOINTS = str(folder)
    return Outside(folder, work, notes.public_key())


Write = Callable[..., list[LedgerEntry]]


@pytest.fixture
def write(db: None) -> Write:
    """Write entries, seal them and carry the checkpoint outside."""

    def write(count: int = 1, *, sealed: bool = True) -> list[LedgerEntry]:
        entries = []
        for number in range(count):
            with transaction.atomic():
                entries.append(record(Event.LOGIN_FAILED, by=SystemActor("test"), number=number))
        if sealed:
            seal()
            outside.publish()
        return entries

    return write


@pytest.fixture
def attack(db: None) -> Callable[..., None]:
    """Run SQL with full rights: the guards are dropped first."""

    def attack(*statements: str) -> None:
        guards.lift(connection)
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    return attack
