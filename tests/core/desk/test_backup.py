"""Backup and restore (security goals F2 and N1): every row and hash equal, nothing secret to read."""

from __future__ import annotations

import base64
import json
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection

from tests.processes import Installation, installation

pytestmark = pytest.mark.slow

PLANTED = b"PLANTED-SEED-0123456789"
FILL = """
from django.core.management import call_command
from django.db import transaction
from secdesk.accounts.models import TotpCredential
from secdesk.core.desk.services import first_start
from secdesk.core.ledger.seal import seal
from secdesk.core.people.models import Person
first_start()
call_command("seed_demo", "--json")
row = TotpCredential(person=Person.objects.get(number="clerk1"), name="planted")
row.seal(b"PLANTED-SEED-0123456789")
row.save()
seal(everything=True)
"""
# Every row of every table as one line, the same on both kinds of database.
ROWS = """
import json
from django.apps import apps
for model in apps.get_models(include_auto_created=True):
    for row in model._base_manager.order_by("pk").values_list():
        print(json.dumps([model._meta.db_table, [str(bytes(v)) if isinstance(v, memoryview) else str(v) for v in row]]))
"""
# What a restore itself writes: its own entries, the hold, the new epoch with its seal; sessions end.
WRITTEN_BY_RESTORE = {
    "core_ledgerentry", "core_ledgerdetails", "core_ledgerseal", "core_checkpoint", "core_ledgerepoch",
    "core_outboxhold", "accounts_session",
}  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installation(tmp_path_factory.mktemp("desk"), SECDESK_MODE="demo") as made:
        made.python(FILL)
        yield made


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Installation]:
    """Another machine: no keys of ours, an empty database."""
    with installation(tmp_path / "b", SECDESK_MODE="demo") as made:
        yield made


def backup(desk: Installation, name: str = "backups") -> Path:
    return Path(json.loads(desk.run("backup", str(desk.folder / name), "--json").stdout)["folder"])


def rows(desk: Installation) -> list[str]:
    return desk.python(ROWS).splitlines()


def sheet(desk: Installation) -> list[str]:
    options = []
    for number, half in enumerate(json.loads(desk.run("recovery_sheet", "--json").stdout)["halves"]):
        file = desk.folder / f"half-{number}.txt"
        file.write_text(half)
        options += ["--half", str(file)]
    return options


def test_restored_elsewhere_every_row_is_equal(desk: Installation, other: Installation) -> None:
    files = desk.folder / "files"
    (files / "ab").mkdir(parents=True, exist_ok=True)
    (files / "ab" / "cdef").write_bytes(b"\x00encrypted\xff" * 1000)
    paper, before = sheet(desk), rows(desk)
    folder = backup(desk)
    result = json.loads(other.run("restore", str(folder), *paper, "--json").stdout)
    after = rows(other)
    assert len(before) > 1000
    assert not set(before) - set(after), sorted(set(before) - set(after))[:3]
    added = {json.loads(line)[0] for line in set(after) - set(before)}
    assert added <= WRITTEN_BY_RESTORE
    assert (other.folder / "files" / "ab" / "cdef").read_bytes() == b"\x00encrypted\xff" * 1000
    read = "from secdesk.accounts.models import TotpCredential as T; print(T.objects.get(name='planted').secret())"
    assert other.python(read) == repr(PLANTED)
    assert result["epoch"] == 2
    held = "from secdesk.core.outbox.services import open_hold; print(open_hold().reason)"
    assert other.python(held) == "restore"
    assert other.run("check", "--deploy", "--database", "default").returncode == 0
    assert not (other.folder / "restore-unfinished").exists()


def test_the_ledger_of_a_restored_desk_verifies(desk: Installation, other: Installation, tmp_path: Path) -> None:
    other.env["SECDESK_CHECKPOINTS"] = desk.env["SECDESK_CHECKPOINTS"] = str(tmp_path / "outside")
    (tmp_path / "outside").mkdir()
    publish = "from secdesk.core.ledger.outside import publish; print(publish())"
    paper, folder = sheet(desk), backup(desk)
    more = "from secdesk.core.ledger.seal import seal; seal(everything=True)"
    desk.python(f"{more}; {publish}")  # the world has seen what the backup does not hold
    other.run("restore", str(folder), *paper)
    assert other.python(publish) != "0"
    other.run("export_ledger", str(tmp_path / "ledger.jsonl"))
    key = tmp_path / "key.txt"
    key.write_text(other.run("ledger_key").stdout)
    verifier = Path(django_settings.BASE_DIR) / "secdesk/core/ledger/verify_ledger.py"
    done = subprocess.run(
        [sys.executable, str(verifier), str(tmp_path / "ledger.jsonl"), str(key), str(tmp_path / "outside")],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "epoch 2" in done.stdout


def test_restored_in_place_sessions_are_over(tmp_path: Path) -> None:
    with installation(tmp_path, SECDESK_MODE="demo") as desk:
        desk.python(FILL)
        restore_in_place(desk)


def restore_in_place(desk: Installation) -> None:
    login = (
        "import datetime as dt; from django.utils import timezone; from secdesk.accounts.models import Session;"
        "now = timezone.now(); Session.objects.create(key_hash='k', created_at=now, last_seen_at=now,"
        "expires_at=now + dt.timedelta(hours=1), data=b'')"
    )
    desk.python(login)
    folder = backup(desk)
    refused = desk.run("restore", str(folder), "--json", check=False)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "--yes" in refused.stderr
    desk.run("restore", str(folder), "--yes", "--decided-by", "R8-7")
    count = "from secdesk.accounts.models import Session as S; print(S.objects.filter(ended_at=None).count())"
    assert desk.python(count) == "0"
    assert list(desk.folder.glob("before-restore-*/database.*"))
    desk.run("restore", str(backup(desk)), "--yes")  # and once more: a restored desk saves and restores as well
    epochs = "from secdesk.core.ledger.models import LedgerEpoch as E; print(*E.objects.values_list('number', flat=1))"
    assert desk.python(epochs) == "2 3"


def test_nothing_secret_is_readable_in_a_backup(desk: Installation) -> None:
    folder = backup(desk)
    ring = json.loads((desk.folder / "keys" / "keyring.json").read_text())
    keys = [ring["root"], ring["signing_seed"], ring["recovery"], *(key["secret"] for key in ring["keys"])]
    derived = desk.python("from django.conf import settings; print(settings.SECRET_KEY)")
    secrets = [PLANTED, *(base64.urlsafe_b64decode(key) for key in keys), derived.encode()]
    content = everything(folder)
    assert b"clerk1" in content  # there is something to find
    for secret in secrets:
        for form in (secret, base64.b64encode(secret), base64.urlsafe_b64encode(secret), base64.b32encode(secret)):
            assert form.rstrip(b"=") not in content
        assert secret.hex().encode() not in content.lower()
    assert b"oita-demo-2026" not in content


def everything(folder: Path) -> bytes:
    """All bytes of a backup, with PostgreSQL's dump unpacked."""
    content = b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
    dump = folder / "database.pgdump"
    if dump.exists():
        content += subprocess.run(["pg_restore", "--file=-", str(dump)], capture_output=True, check=True).stdout
    return content


def test_backups_are_private_whole_and_thinned_out(desk: Installation) -> None:
    folder = desk.folder / "thinned"
    for _ in range(3):
        desk.run("backup", str(folder), "--keep", "2")
    made = sorted(folder.iterdir())
    assert len(made) == 2
    assert all(one.name.startswith("secdesk-") for one in made)
    for path in made[0].rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    assert not any("keyring.json" in path.name for path in folder.rglob("*"))


@pytest.mark.parametrize("harm", ["bit", "missing", "added", "rewritten", "no backup"])
def test_a_harmed_backup_is_refused_and_nothing_changes(desk: Installation, harm: str) -> None:
    folder = backup(desk)
    database = next(folder.glob("database.*"))
    if harm == "bit":
        content = bytearray(database.read_bytes())
        content[len(content) // 2] ^= 1
        database.write_bytes(content)
    elif harm == "missing":
        (folder / "keyring.sealed").unlink()
    elif harm == "added":
        (folder / "files").mkdir(exist_ok=True)
        (folder / "files" / "x").touch()
    elif harm == "rewritten":  # by somebody who knows how manifests are made, but has no keys
        manifest = json.loads((folder / "manifest.json").read_text())
        manifest["checkpoint"] = ""
        manifest["version"] = "0.0.9"
        (folder / "manifest.json").write_text(json.dumps(manifest))
    else:
        shutil.rmtree(folder)
    before = rows(desk)
    refused = desk.run("restore", str(folder), "--yes", "--json", check=False)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "戻せませんでした" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert rows(desk) == before


def test_another_machine_needs_the_sheet(desk: Installation, other: Installation) -> None:
    folder = backup(desk)
    refused = other.run("restore", str(folder), "--json", check=False)
    assert refused.returncode == 1
    assert "復旧シート" in refused.stderr
    assert other.python("from secdesk.core.people.models import Person; print(Person.objects.count())") == "0"


def test_a_cut_off_restore_keeps_the_desk_from_starting(desk: Installation) -> None:
    (desk.folder / "restore-unfinished").touch()
    refused = desk.run("check", "--deploy", "--database", "default", check=False)
    (desk.folder / "restore-unfinished").unlink()
    assert "secdesk.E017" in refused.stderr


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the same code; one database is enough")
def test_the_hourly_job_saves_where_told(desk: Installation) -> None:
    job = (
        "from django.utils import timezone; from secdesk.core.jobs import JobContext, registered;"
        "job = next(j for j in registered() if j.name == 'desk.backup');"
        "job.function(JobContext('desk.backup', timezone.now()))"
    )
    desk.python(job)
    assert not (desk.folder / "hourly").exists()
    desk.env["SECDESK_BACKUP"] = str(desk.folder / "hourly")
    desk.python(job)
    assert len(list((desk.folder / "hourly").glob("secdesk-*/manifest.json"))) == 1
