"""`manage.py run_demo`: what `make run` does once the libraries are there."""

from __future__ import annotations

import hashlib
import os
import socket
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

PORT_TAKEN = (
    "ポート {port} は別のプログラムが使っています。それを止めるか、make run PORT=8001 としてください。\n"
    "Port {port} is in use by another program. Stop it, or run: make run PORT=8001"
)
NOT_WRITABLE = (
    "フォルダ {folder} に書き込めません。書き込める場所を SECDESK_VAR に指定してください。\n"
    "The folder {folder} cannot be written. Name a folder you may write to in SECDESK_VAR."
)


class Command(BaseCommand):
    """Prepare the demo desk and hand over to `run_desk`; each step is skipped when nothing changed."""

    help = "Start the desk with the demo city (demo mode only)."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--prepare-only", action="store_true", help="do everything but start")

    def handle(self, *args: Any, **options: Any) -> None:
        port: int = options["port"]
        if settings.SECDESK_MODE != "demo":
            raise CommandError("run_demo はデモモード(SECDESK_MODE=demo)専用です。本番は docs/operations.md を。")
        require_writable(settings.SECDESK_VAR)
        require_free(port)
        try:
            self.prepare()
        except KeyboardInterrupt:
            raise CommandError("準備を中止しました。次の make run で続きから始めます。/ Stopped.") from None
        mails = settings.SECDESK_VAR.resolve() / "mail"
        self.stdout.write(f"送ったメール / mails sent:  {mails}\n\n  http://localhost:{port}\n")
        self.stdout.flush()
        if not options["prepare_only"]:
            connection.close()
            os.environ.setdefault("SECDESK_MAIL_URL", f"filemail:///{mails}")
            os.environ["SECDESK_URL"] = f"http://localhost:{port}"
            call_command("run_desk", port=port)

    def prepare(self) -> None:
        """Static files, tables, people."""
        collect_static()
        if MigrationExecutor(connection).migration_plan(_leaves()):
            self.stdout.write("データベースを用意しています / preparing the database …")
            call_command("migrate", verbosity=0)
        self.stdout.write("デモの人 (職員番号・パスワード・氏名・役割) / demo people:")
        call_command("seed_demo", stdout=self.stdout)
        self.stdout.write("確認コード / log-in code:  make code WHO=csirt1")


def require_free(port: int) -> None:
    """Nobody else listens there."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CommandError(PORT_TAKEN.format(port=port)) from error


def require_writable(folder: Path) -> None:
    """The folder of data takes files."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.touch(mode=0o600)
        probe.unlink()
    except OSError as error:
        raise CommandError(NOT_WRITABLE.format(folder=folder)) from error


def collect_static() -> None:
    """Gather static files when one of them changed since the last time."""
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    wanted = _fingerprint([Path(folder) for folder in settings.STATICFILES_DIRS])
    if not stamp.exists() or stamp.read_text("utf-8") != wanted:
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(wanted, "utf-8")


def _fingerprint(folders: list[Path]) -> str:
    """Names, sizes and times of all files."""
    digest = hashlib.sha256()
    for folder in folders:
        for file in sorted(folder.rglob("*")):
            stat = file.stat()
            digest.update(f"{file}:{stat.st_size}:{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _leaves() -> list[tuple[str, str]]:
    return list(MigrationExecutor(connection).loader.graph.leaf_nodes())
