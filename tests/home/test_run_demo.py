"""What `make run` does besides the libraries: prepare once, then start at once; one sentence when it cannot."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from tests.processes import free_port

BASE = Path(settings.BASE_DIR)
pytestmark = pytest.mark.skipif(connection.vendor != "sqlite", reason="the demo runs on SQLite")


def run_demo(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "SECDESK_MODE": "demo", "SECDESK_VAR": str(folder / "var")}
    env |= {"SECDESK_STATIC": str(folder / "static")} | environment
    return subprocess.run(
        [sys.executable, str(BASE / "manage.py"), "run_demo", *words], env=env, capture_output=True, text=True
    )


@pytest.mark.slow
def test_prepares_once_privately_and_tells_whom_to_log_in_as(tmp_path: Path) -> None:
    port = str(free_port())
    first = run_demo(tmp_path, "--prepare-only", "--port", port)
    assert first.returncode == 0, first.stderr
    for word in ("csirt1", "oita-demo-2026", "make code WHO=", f"http://localhost:{port}"):
        assert word in first.stdout
    for path in (tmp_path / "var", *(tmp_path / "var").rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    before = os.times()
    second = run_demo(tmp_path, "--prepare-only", "--port", port)
    assert second.returncode == 0
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    assert used < 4  # seconds of work: nothing is made a second time
    assert "preparing the database" not in second.stdout


def test_a_port_in_use_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        refused = run_demo(tmp_path, "--prepare-only", "--port", str(port))
    assert refused.returncode == 1
    assert f"ポート {port}" in refused.stderr
    assert "make run PORT=" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file stands where the folder should be")
    words = [sys.executable, "scripts/bootstrap.py"]
    env = os.environ | {"SECDESK_VAR": str(tmp_path / "var")}
    setup = subprocess.run(words, cwd=BASE, env=env, capture_output=True, text=True)
    keys = str(tmp_path / "keys")
    start = run_demo(tmp_path, "--prepare-only", "--port", str(free_port()), SECDESK_KEYS=keys)
    for refused in (setup, start):
        assert refused.returncode == 1
        assert "書き込めません" in refused.stderr
        assert "Traceback" not in refused.stderr


def test_keys_that_cannot_be_opened_are_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("a file stands where the folder should be")
    refused = run_demo(tmp_path, "--prepare-only", SECDESK_KEYS=str(tmp_path / "keys"))
    assert refused.returncode == 1
    assert "鍵束" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_not_in_production(tmp_path: Path) -> None:
    refused = run_demo(tmp_path, "--prepare-only", SECDESK_MODE="production")
    assert refused.returncode == 1
    assert "デモモード" in refused.stderr


def test_an_old_python_gets_a_sentence() -> None:
    code = (
        "import runpy, sys; sys.version_info = (3, 9, 2); runpy.run_path('scripts/bootstrap.py', run_name='__main__')"
    )
    refused = subprocess.run([sys.executable, "-c", code], cwd=BASE, capture_output=True, text=True)
    assert refused.returncode == 1
    assert "Python 3.11 以上が必要です" in refused.stderr
    assert "Python 3.11 or newer is needed (found 3.9.2)" in refused.stderr
    assert "Traceback" not in refused.stderr
