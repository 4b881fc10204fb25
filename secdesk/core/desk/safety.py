"""The desk refuses to start unsafe. Each condition is a system check with one sentence in Japanese.

They run at `manage.py check --deploy --database default`, and by `refuse_unsafe()` before the first
request or job. Sentences are Japanese whatever the language: operators read them in logs
before any person is known. Ids are listed in docs/operations.md.
"""

from __future__ import annotations

import ipaddress
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from secdesk.core.desk.models import Desk
from secdesk.core.people.models import Person

TAG = "safety"
MIN_SECRET = 50  # letters of Django's secret; the key ring gives 88
FULL = 2  # PRAGMA synchronous
UNFINISHED = "restore-unfinished"  # file that stands in SECDESK_VAR while a restore is under way
NOT_SENDING = frozenset(f"django.core.mail.backends.{kind}.EmailBackend" for kind in ("console", "filebased", "dummy"))
LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


_passkey_questions: list[Callable[[], bool]] = []


def ask_for_passkeys(question: Callable[[], bool]) -> None:
    """Register how to find out whether anybody has a passkey (the floor above keeps them)."""
    _passkey_questions.append(question)


class UnsafeDesk(ImproperlyConfigured):
    """The desk would run in a way that does not protect what it holds."""


def refuse_unsafe() -> None:
    """Raise UnsafeDesk with every reason; the first thing a starting process does."""
    found = run_checks(tags=[TAG], include_deployment_checks=True, databases=[DEFAULT_DB_ALIAS])
    if found:
        lines = "\n".join(f"  ({message.id}) {message.msg}" for message in found)
        raise UnsafeDesk(f"安全でない設定のため起動しません。\n{lines}")


def register_checks() -> None:
    """Called once by the app of the ground floor."""
    register(check_settings, TAG, deploy=True)
    register(check_files, TAG, deploy=True)
    register(check_database, TAG, "database", deploy=True)


def check_settings(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """What can be told from the settings alone."""
    if settings.SECDESK_MODE not in Desk.Mode.values:
        return [Error("SECDESK_MODE は production か demo です。", id="secdesk.E001")]
    found: list[CheckMessage] = []
    if settings.DEBUG and settings.SECDESK_MODE == Desk.Mode.PRODUCTION:
        found.append(Error("本番では SECDESK_DEBUG を有効にできません。内部の情報が画面に出ます。", id="secdesk.E002"))
    if len(settings.SECRET_KEY) < MIN_SECRET:
        found.append(Error("署名の鍵が短すぎます。鍵束(SECDESK_KEYS)を確かめてください。", id="secdesk.E003"))
    if any("*" in host for host in settings.ALLOWED_HOSTS):
        found.append(Error("SECDESK_HOSTS に「*」は使えません。実際のホスト名を書いてください。", id="secdesk.E004"))
    if settings.SECDESK_MODE == Desk.Mode.PRODUCTION and settings.EMAIL_BACKEND in NOT_SENDING:
        sentence = (
            "本番では SECDESK_MAIL_URL にメールサーバーを書いてください。登録コードなどが画面やファイルに残ります。"
        )
        found.append(Error(sentence, id="secdesk.E018"))
    found += _check_address()
    return found


def _check_address() -> list[CheckMessage]:
    """URL, passkey name and proxy belong together."""
    url = urlsplit(settings.SECDESK_URL)
    found: list[CheckMessage] = []
    host = url.hostname or ""
    if url.scheme != "https" and host not in LOCAL_NAMES:
        found.append(
            Error("SECDESK_URL は https:// で始めてください。http ではパスワードが読まれます。", id="secdesk.E005")
        )
    if url.scheme == "https" and not settings.SECDESK_PROXY:
        found.append(Error("https では、前段の nginx のアドレスを SECDESK_PROXY に書いてください。", id="secdesk.E006"))
    for entry in settings.SECDESK_PROXY:
        if entry != "unix" and not _narrow_network(entry):
            found.append(
                Error(f"SECDESK_PROXY の「{entry}」は、アドレスでないか、広すぎます(/24 より狭く)。", id="secdesk.E007")
            )
    if host != settings.SECDESK_RP_ID and not host.endswith("." + settings.SECDESK_RP_ID):
        found.append(
            Error("SECDESK_RP_ID は SECDESK_URL のホスト名か、その親の名前にしてください。", id="secdesk.E008")
        )
    return found


def _narrow_network(entry: str) -> bool:
    """Whether it is an address or a network of at most 256 addresses."""
    try:
        return ipaddress.ip_network(entry).num_addresses <= 256
    except ValueError:
        return False


def check_files(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Keys, and an SQLite file, belong to the desk's user alone."""
    found: list[CheckMessage] = []
    keys = Path(settings.SECDESK_KEYS)
    for file in [keys, *(keys.iterdir() if keys.is_dir() else ())]:
        if _open_to_others(file):
            found.append(
                Error(f"鍵 {file} が他の利用者にも読めます。chmod go= {file} を実行してください。", id="secdesk.E009")
            )
    if (Path(settings.SECDESK_VAR) / UNFINISHED).exists():
        sentence = "バックアップからの復元が途中で終わっています。manage.py restore をもう一度実行してください。"
        found.append(Error(sentence, id="secdesk.E017"))
    if connection.vendor == "sqlite":
        name = str(connection.settings_dict["NAME"])
        file = Path(name)
        if not name.startswith(("file:", ":")) and _open_to_others(file):
            found.append(
                Error(
                    f"データベース {file} が他の利用者にも読めます。chmod go= {file} を実行してください。",
                    id="secdesk.E010",
                )
            )
    return found


def _open_to_others(file: Path) -> bool:
    try:
        return bool(stat.S_IMODE(file.stat().st_mode) & 0o077)
    except FileNotFoundError:
        return False


def check_database(
    app_configs: Sequence[AppConfig] | None = None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """What the database itself says: durability, mode, people, keys. Nothing before `migrate`."""
    if DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    found = _check_durability()
    tables = connection.introspection.table_names()
    if tables and MigrationExecutor(connection).migration_plan(_newest_migrations()):
        found.append(Error("データベースが古いままです。manage.py migrate を実行してください。", id="secdesk.E016"))
        return found
    production = settings.SECDESK_MODE == Desk.Mode.PRODUCTION
    if production and Person._meta.db_table in tables and Person.objects.filter(is_demo=True).exists():
        sentence = "このデータベースにはデモの人がいます。本番では、空のデータベースから始めてください。"
        found.append(Error(sentence, id="secdesk.E012"))
    desk = Desk.objects.first() if Desk._meta.db_table in tables else None
    return found + (_check_identity(desk) if desk is not None else [])


def _newest_migrations() -> list[tuple[str, str]]:
    return list(MigrationLoader(connection).graph.leaf_nodes())


def _check_durability() -> list[CheckMessage]:
    """An acknowledged commit is on the disk."""
    sentence = "確定した記録が停電で失われる設定です({}). 「FULL」以上に戻してください。"
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA synchronous")
            weak, name = cursor.fetchone()[0] < FULL, "PRAGMA synchronous"
        else:
            cursor.execute("SELECT current_setting('fsync'), current_setting('synchronous_commit')")
            fsync, commit = cursor.fetchone()
            weak, name = fsync != "on" or commit == "off", "fsync / synchronous_commit"
    return [Error(sentence.format(name), id="secdesk.E011")] if weak else []


def _check_identity(desk: Desk) -> list[CheckMessage]:
    """The database was started by a desk of the same mode, keys and passkey name."""
    found: list[CheckMessage] = []
    if desk.mode != settings.SECDESK_MODE:
        names = {Desk.Mode.PRODUCTION.value: "本番用", Desk.Mode.DEMO.value: "デモ用"}
        found.append(
            Error(
                f"このデータベースは{names[desk.mode]}です。SECDESK_MODE={settings.SECDESK_MODE} では使えません。",
                id="secdesk.E013",
            )
        )
    if desk.ring_fingerprint != settings.KEY_RING.fingerprint:
        found.append(
            Error(
                "鍵束がこのデータベースのものではありません。manage.py restore_keys で元の鍵束に戻してください。",
                id="secdesk.E014",
            )
        )
    if desk.rp_id and desk.rp_id != settings.SECDESK_RP_ID and any(question() for question in _passkey_questions):
        found.append(
            Error(
                f"パスキーが「{desk.rp_id}」で登録されています。SECDESK_RP_ID を変えると全員のパスキーが"
                "使えなくなるため、起動しません。",
                id="secdesk.E015",
            )
        )
    return found
