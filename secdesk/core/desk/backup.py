"""Backup and restore: the database and the files of the vault, never the keys.

A backup is a folder that appears whole or not at all. Its manifest names every file with its
SHA-256 and carries a MAC under the key ring, so that a changed backup is told from a broken one.
The sealed key ring travels along: both halves of the recovery sheet open it, nothing else does.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from secdesk import __version__
from secdesk.core.desk import dump
from secdesk.core.desk.models import Desk
from secdesk.core.desk.safety import UNFINISHED
from secdesk.core.desk.services import SEALED_RING, first_start
from secdesk.core.keyring import KeyRing
from secdesk.core.ledger import outside
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.models import Checkpoint
from secdesk.core.ledger.seal import begin_epoch
from secdesk.core.ledger.services import Actor, record
from secdesk.core.outbox.models import OutboxHold
from secdesk.core.outbox.services import hold_outbox
from secdesk.core.people.models import Person

MANIFEST = "manifest.json"
FILES = "files"
PREFIX = "secdesk-"
CHUNK = 1 << 20


class BackupError(Exception):
    """The backup is damaged, changed, or does not fit; the text says why, in Japanese and English."""


_after_restore: list[Callable[[], object]] = []


def after_restore(action: Callable[[], object]) -> None:
    """Register what must happen to restored rows before anybody logs in (sessions end)."""
    _after_restore.append(action)


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself."""

    folder: Path
    made_at: dt.datetime
    vendor: str
    version: str
    mode: str
    ring_fingerprint: str
    migrations: frozenset[str]
    checkpoint: str  # newest signed note of the ledger, or ""
    files: dict[str, str]  # path in the folder -> SHA-256


def make_backup(folder: Path, *, by: Actor, keep: int = 0) -> Manifest:
    """Save everything into a new folder inside `folder`, prove it, and delete all but `keep` (0: none deleted).

    Raises BackupError or DumpError; what is half done never bears the name of a backup.
    """
    desk = first_start()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{PREFIX}{timezone.now():%Y%m%dT%H%M%S%fZ}"
    draft = folder / f".{name}.partial"
    draft.mkdir(mode=0o700)
    try:
        dump.save(draft / dump.file_name())
        dump.prove(draft / dump.file_name())
        (draft / SEALED_RING).write_bytes(bytes(desk.sealed_ring))
        _copy_files(Path(settings.SECDESK_FILES), draft / FILES)
        _write_manifest(draft, desk)
        manifest = read_manifest(draft)
        draft.rename(folder / name)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    with transaction.atomic():
        record(Event.BACKUP_MADE, by=by, target=desk, name=name, files=len(manifest.files))
    _thin_out(folder, keep)
    return read_manifest(folder / name)


def _copy_files(source: Path, target: Path) -> None:
    """Files of the vault, encrypted as they lie; later than the database, so that no row lacks its file."""
    if source.is_dir():
        shutil.copytree(source, target, ignore_dangling_symlinks=True)


def _write_manifest(folder: Path, desk: Desk) -> None:
    newest = Checkpoint.objects.order_by("-tree_size").first()
    content = {
        "made_at": timezone.now().isoformat(),
        "vendor": connection.vendor,
        "version": __version__,
        "mode": desk.mode,
        "ring_fingerprint": desk.ring_fingerprint,
        "migrations": sorted(".".join(key) for key in MigrationLoader(connection).applied_migrations),
        "checkpoint": newest.note if newest else "",
        "files": {str(file.relative_to(folder)): _digest(file) for file in sorted(folder.rglob("*")) if file.is_file()},
    }
    content["mac"] = _mac(content, settings.KEY_RING)
    (folder / MANIFEST).write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")
    for place in (folder / MANIFEST, folder):
        descriptor = os.open(place, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)


def _digest(file: Path) -> str:
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _mac(content: dict[str, Any], ring: KeyRing) -> str:
    text = json.dumps({key: value for key, value in content.items() if key != "mac"}, sort_keys=True)
    return hmac.new(ring.derived("backup-manifest"), text.encode(), "sha256").hexdigest()


def read_manifest(folder: Path) -> Manifest:
    """The manifest, after every file was compared with it. Raises BackupError."""
    content = _content(folder)
    found = {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()} - {MANIFEST}
    if found != set(content["files"]):
        odd = sorted(found ^ set(content["files"]))[0]
        raise BackupError(f"バックアップのファイルが目録と合いません: {odd} / The backup does not match its manifest.")
    for name, digest in content["files"].items():
        if _digest(folder / name) != digest:
            raise BackupError(f"バックアップのファイルが壊れています: {name} / The file is damaged.")
    return Manifest(
        folder,
        dt.datetime.fromisoformat(content["made_at"]),
        content["vendor"],
        content["version"],
        content["mode"],
        content["ring_fingerprint"],
        frozenset(content["migrations"]),
        content["checkpoint"],
        content["files"],
    )


def _content(folder: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BackupError(f"{folder} はバックアップではありません。/ This is not a backup.") from error
    return content


def _thin_out(folder: Path, keep: int) -> None:
    """Keep the newest `keep` backups."""
    if keep:
        for old in sorted(folder.glob(f"{PREFIX}*"))[:-keep]:
            shutil.rmtree(old)


def newest_backup(folder: Path) -> Path | None:
    """The newest backup in `folder`, or None."""
    return max(folder.glob(f"{PREFIX}*"), default=None)


def is_live() -> bool:
    """Whether the present database holds a desk or people."""
    tables = connection.introspection.table_names()
    return any(model._meta.db_table in tables and model._default_manager.exists() for model in (Desk, Person))


@dataclass(frozen=True)
class Restoration:
    """What a restore did."""

    made_at: dt.datetime
    epoch: int
    saved_before: Path | None


def restore_backup(
    manifest: Manifest, *, by: Actor, decided_by: str, ring: KeyRing | None = None, witness: str = ""
) -> Restoration:
    """Put a backup into the place of the present database and files; the caller has asked for consent.

    `ring` is the key ring opened with the recovery sheet, when the one in place is another.
    `witness` is a checkpoint kept outside, beside those in SECDESK_CHECKPOINTS. What was there
    before is saved first. Afterwards sessions are over, outgoing mail is held, and the ledger begins
    a new epoch. Raises BackupError.
    """
    _refuse_misfit(manifest, ring)
    live, saved = _live_checkpoint(), _save_present()
    unfinished = Path(settings.SECDESK_VAR) / UNFINISHED
    unfinished.touch(mode=0o600)
    if ring is not None:
        ring.save_to(Path(settings.SECDESK_KEYS))
        settings.KEY_RING.refresh()
    witnesses = "\n".join(text for text in (witness, _outside(), live, manifest.checkpoint) if text)
    dump.load(manifest.folder / dump.file_name())
    _restore_files(manifest.folder / FILES)
    call_command("migrate", verbosity=0)
    for action in _after_restore:
        action()
    with transaction.atomic():
        record(Event.RESTORED, by=by, target=Desk.objects.get(), made_at=manifest.made_at.isoformat())
    hold_outbox(OutboxHold.Reason.RESTORE, by=by)
    epoch = begin_epoch(
        by=by,
        decided_by=decided_by,
        last_checkpoint=witnesses or None,
        lost=f"everything after {manifest.made_at.isoformat(timespec='seconds')}",
    )
    unfinished.unlink()
    return Restoration(manifest.made_at, epoch.number, saved)


def _refuse_misfit(manifest: Manifest, ring: KeyRing | None) -> None:
    """Kind of database, edition of the software, mode, keys."""
    known = {".".join(key) for key in MigrationLoader(None).disk_migrations}
    if manifest.vendor != connection.vendor:
        raise BackupError(f"このバックアップは {manifest.vendor} のものです。/ It was made on {manifest.vendor}.")
    if not manifest.migrations <= known:
        raise BackupError("このバックアップは新しい版で作られています。/ It was made by a newer edition.")
    if manifest.mode != settings.SECDESK_MODE:
        raise BackupError(f"SECDESK_MODE={manifest.mode} で作られています。/ It was made in the other mode.")
    if manifest.ring_fingerprint != (ring or settings.KEY_RING).fingerprint:
        raise BackupError(
            "鍵束が違います。復旧シートの2枚を使ってください(--half)。/ Another key ring: use the recovery sheet."
        )
    content = _content(manifest.folder)
    if not hmac.compare_digest(_mac(content, ring or settings.KEY_RING), content["mac"]):
        raise BackupError("このバックアップは、作られた後に書き換えられています。/ The backup was altered.")


def _outside() -> str:
    """The newest note in the folder of checkpoints."""
    newest = outside.newest_note()
    return newest.text if newest else ""


def _live_checkpoint() -> str:
    """Newest note of the database that is about to go, when it still can be read and is of these keys."""
    if Checkpoint._meta.db_table not in connection.introspection.table_names():
        return ""
    desk = Desk.objects.first() if Desk._meta.db_table in connection.introspection.table_names() else None
    newest = Checkpoint.objects.order_by("-tree_size").first()
    same_keys = desk is not None and desk.ring_fingerprint == settings.KEY_RING.fingerprint
    return newest.note if newest is not None and same_keys else ""


def _save_present() -> Path | None:
    """The present database, beside the data, in case the wrong backup was taken."""
    if not is_live():
        return None
    folder = Path(settings.SECDESK_VAR) / f"before-restore-{timezone.now():%Y%m%dT%H%M%SZ}"
    folder.mkdir(mode=0o700, parents=True)
    dump.save(folder / dump.file_name())
    return folder


def _restore_files(source: Path) -> None:
    """The vault's files; those in place are moved aside, not deleted."""
    target = Path(settings.SECDESK_FILES)
    if target.exists():
        target.rename(target.with_name(f"{target.name}.before-restore-{timezone.now():%Y%m%dT%H%M%S%f}"))
    if source.is_dir():
        shutil.copytree(source, target)
