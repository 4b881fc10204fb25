"""`make check`: everything that is judged without running the product. All of it runs."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

BIN = Path(sys.executable).parent
BASE = Path(__file__).resolve().parent.parent
PACKAGES = ("secdesk", "incidents")
EXAMPLE = BASE / "deploy" / "secdesk.env.example"


def production_environment(var: str) -> dict[str, str]:
    """The shipped production example as an environment, with files in a scratch folder."""
    values = {}
    for line in EXAMPLE.read_text("utf-8").splitlines():
        name, separator, value = line.strip().partition("=")
        if separator and not name.startswith("#"):
            values[name] = value.strip('"')
    return values | {
        "SECDESK_VAR": var,
        "DATABASE_URL": f"sqlite:///{var}/check.sqlite3",
        "SECDESK_KEYS": f"{var}/keys",
        "SECDESK_STATIC": f"{var}/static",
    }


def run(name: str, command: list[str], environment: dict[str, str] | None = None) -> bool:
    """Run one checker; its output is shown only when it fails."""
    done = subprocess.run(command, cwd=BASE, env=os.environ | (environment or {}), capture_output=True, text=True)
    print(f"{'ok    ' if done.returncode == 0 else 'FAILED'} {name}", flush=True)
    if done.returncode:
        print(done.stdout, done.stderr, sep="\n", flush=True)
    return done.returncode == 0


def main() -> int:
    """Run all checkers; 0 when all are content."""
    python = sys.executable
    with tempfile.TemporaryDirectory() as var:
        os.chmod(var, 0o700)
        production = production_environment(var)
        scratch = {"SECDESK_VAR": var}
        results = [
            run("ruff check", [f"{BIN}/ruff", "check", "."]),
            run("ruff format", [f"{BIN}/ruff", "format", "--check", "."]),
            run("mypy --strict", [f"{BIN}/mypy", *PACKAGES], scratch),
            run("djlint", [f"{BIN}/djlint", "templates", "--lint", "--quiet"]),
            run("bandit", [python, "scripts/check_bandit.py", *PACKAGES, "scripts"]),
            run("translations", [python, "scripts/check_translations.py"], scratch),
            run("migrations", [python, "manage.py", "makemigrations", "--check", "--dry-run"], scratch),
            run("check --deploy", [python, "manage.py", "check", "--deploy", "--fail-level", "WARNING"], production),
        ]
    return 0 if all(results) else 1


if __name__ == "__main__":
    raise SystemExit(main())
