"""The desk refuses to start unsafe (security goal I2): each condition, one sentence in Japanese."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.conf import settings as django_settings
from django.db import connection

from secdesk.core.desk.models import Desk
from secdesk.core.desk.safety import UnsafeDesk, refuse_unsafe
from secdesk.core.desk.services import first_start
from secdesk.core.keyring import KeyRing
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.models import LedgerEntry
from secdesk.core.people.models import Person

JAPANESE = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")


def refusal(expected: str) -> str:
    """The text of the refusal; it names `expected`, that alone, and is Japanese."""
    with pytest.raises(UnsafeDesk) as caught:
        refuse_unsafe()
    text = str(caught.value)
    assert re.findall(r"secdesk\.E\d+", text) == [expected]
    assert JAPANESE.search(text)
    return text


def test_a_safe_desk_starts(db: None) -> None:
    refuse_unsafe()
    first_start()
    refuse_unsafe()


def test_refuses_an_unknown_mode(db: None, settings: LazySettings) -> None:
    settings.SECDESK_MODE = "test"
    refusal("secdesk.E001")


def test_refuses_debug_in_production(db: None, settings: LazySettings) -> None:
    settings.DEBUG = True
    refusal("secdesk.E002")


def test_refuses_a_short_key(db: None, settings: LazySettings) -> None:
    settings.SECRET_KEY = "x" * 49
    refusal("secdesk.E003")


@pytest.mark.parametrize("kind", ["console", "filebased", "dummy"])
def test_refuses_production_without_a_mail_server(db: None, settings: LazySettings, kind: str) -> None:
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{kind}.EmailBackend"
    refusal("secdesk.E018")
    settings.SECDESK_MODE = "demo"
    refuse_unsafe()


def test_production_without_mail_settings_does_not_start(tmp_path: Path) -> None:
    outcome = wsgi(tmp_path, SECDESK_MAIL_URL="consolemail://")
    assert outcome.returncode == 3
    assert "secdesk.E018" in outcome.stderr


@pytest.mark.parametrize("host", ["*", "*.example.jp"])
def test_refuses_any_host(db: None, settings: LazySettings, host: str) -> None:
    settings.ALLOWED_HOSTS = ["secdesk.example.jp", host]
    refusal("secdesk.E004")


def test_refuses_plain_http(db: None, settings: LazySettings) -> None:
    settings.SECDESK_URL, settings.SECDESK_RP_ID = "http://secdesk.example.jp", "secdesk.example.jp"
    refusal("secdesk.E005")


def test_refuses_https_without_a_proxy(db: None, settings: LazySettings) -> None:
    settings.SECDESK_URL, settings.SECDESK_RP_ID = "https://secdesk.example.jp", "secdesk.example.jp"
    refusal("secdesk.E006")
    settings.SECDESK_PROXY = ["unix"]
    refuse_unsafe()


@pytest.mark.parametrize("entry", ["0.0.0.0/0", "10.0.0.0/8", "everybody", "::/0"])
def test_refuses_to_believe_everybody(db: None, settings: LazySettings, entry: str) -> None:
    settings.SECDESK_PROXY = ["127.0.0.1", entry]
    assert entry in refusal("secdesk.E007")


def test_refuses_a_passkey_name_browsers_would_refuse(db: None, settings: LazySettings) -> None:
    settings.SECDESK_RP_ID = "other.example.jp"
    refusal("secdesk.E008")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_refuses_keys_others_may_read(db: None, settings: LazySettings, tmp_path: Path, mode: int) -> None:
    KeyRing.open_or_create(tmp_path / "keys")
    settings.SECDESK_KEYS = tmp_path / "keys"
    refuse_unsafe()
    (tmp_path / "keys" / "keyring.json").chmod(mode)
    assert "keyring.json" in refusal("secdesk.E009")


def test_refuses_a_keys_folder_others_may_enter(db: None, settings: LazySettings, tmp_path: Path) -> None:
    KeyRing.open_or_create(tmp_path / "keys")
    (tmp_path / "keys").chmod(0o755)
    settings.SECDESK_KEYS = tmp_path / "keys"
    refusal("secdesk.E009")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite has a file")
def test_refuses_a_database_file_others_may_read(tmp_path: Path) -> None:
    outcome = manage(tmp_path, "migrate", "-v0")
    assert outcome.returncode == 0, outcome.stderr
    assert wsgi(tmp_path).returncode == 0
    (tmp_path / "secdesk.sqlite3").chmod(0o644)
    outcome = wsgi(tmp_path)
    assert outcome.returncode == 3
    assert "secdesk.E010" in outcome.stderr
    assert "Traceback" not in outcome.stderr


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PRAGMA")
@pytest.mark.parametrize("level", ["OFF", "NORMAL"])
def test_refuses_commits_that_a_power_cut_undoes(transactional_db: None, level: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA synchronous={level}")
    try:
        refusal("secdesk.E011")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=FULL")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="synchronous_commit")
def test_refuses_commits_that_a_crash_undoes(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
    refusal("secdesk.E011")


def test_refuses_demo_people_in_production(db: None) -> None:
    Person.objects.create(number="demo", name="デモ", is_demo=True)
    refusal("secdesk.E012")


def test_refuses_demo_mode_on_a_production_database(db: None, settings: LazySettings) -> None:
    first_start()
    settings.SECDESK_MODE = "demo"
    assert "本番用" in refusal("secdesk.E013")


def test_refuses_production_mode_on_a_demo_database(db: None, settings: LazySettings) -> None:
    settings.SECDESK_MODE = "demo"
    first_start()
    settings.SECDESK_MODE = "production"
    assert "デモ用" in refusal("secdesk.E013")


def test_refuses_another_desks_keys(db: None, settings: LazySettings, tmp_path: Path) -> None:
    first_start()
    settings.KEY_RING = KeyRing.open_or_create(tmp_path / "keys")
    refusal("secdesk.E014")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="one file is enough to try it")
def test_refuses_an_old_database(tmp_path: Path) -> None:
    assert manage(tmp_path, "migrate", "-v0").returncode == 0
    with sqlite3.connect(tmp_path / "secdesk.sqlite3") as database:
        database.execute("DELETE FROM django_migrations WHERE app = 'incidents'")
        database.execute("DELETE FROM django_migrations WHERE app = 'core'")
    assert "secdesk.E016" in wsgi(tmp_path).stderr


def test_mode_is_fixed_at_the_first_start_and_recorded(db: None, settings: LazySettings) -> None:
    first = first_start()
    settings.SECDESK_MODE = "demo"
    assert first_start().mode == first.mode == "production"
    assert Desk.objects.count() == 1
    assert LedgerEntry.objects.filter(event=Event.DESK_STARTED).count() == 1


def manage(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py as an operator does, with its files in `folder`."""
    return run([str(django_settings.BASE_DIR / "manage.py"), *words], folder, environment)


def wsgi(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Load the desk as gunicorn does."""
    return run(["-c", "import secdesk.wsgi"], folder, environment)


def run(words: list[str], folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        env={"PATH": "/usr/bin:/bin", "SECDESK_VAR": str(folder), "SECDESK_MAIL_URL": "smtp://127.0.0.1:25"}
        | environment,
        cwd=django_settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=100,
    )


def test_the_commands_that_last_refuse_with_one_sentence(tmp_path: Path) -> None:
    for command in ("run_desk", "run_scheduler"):
        outcome = manage(tmp_path, command, SECDESK_HOSTS="*", SECDESK_URL="http://desk.example.jp")
        assert outcome.returncode == 1
        assert "安全でない設定のため起動しません" in outcome.stderr
        assert "secdesk.E004" in outcome.stderr
        assert "Traceback" not in outcome.stderr
