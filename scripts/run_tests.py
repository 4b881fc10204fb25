"""`make test`, `make hard`: the legs of the test suite, one after the other.

A leg whose tool is missing is named as not run; with SECDESK_CI=1 that is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass

POSTGRES_URL = os.environ.get("SECDESK_TEST_POSTGRES", "postgres://secdesk:secdesk@127.0.0.1/secdesk")


@dataclass
class Leg:
    """One run of pytest; `missing` says why it cannot run here."""

    name: str
    options: list[str]
    environment: dict[str, str]
    missing: str = ""


def postgres_missing() -> str:
    """Why the PostgreSQL leg cannot run; empty when it can."""
    import psycopg

    try:
        psycopg.connect(POSTGRES_URL, connect_timeout=3).close()
    except psycopg.OperationalError as error:
        return f"PostgreSQL is not reachable ({str(error).strip().splitlines()[-1]}); set SECDESK_TEST_POSTGRES"
    return ""


def browser_missing() -> str:
    """Why the browser leg cannot run; empty when it can."""
    return "" if shutil.which("chromium") else "chromium is not installed"


def legs(*, hard: bool) -> list[Leg]:
    """All legs, SQLite first; with `hard` the tests by the clock, else all others."""
    workers = ["-n", "1" if hard else str(os.cpu_count() or 1)]
    kind = "hard" if hard else "not browser and not hard"
    both = [
        Leg("SQLite", [*workers, "-m", kind], {"DATABASE_URL": ""}),
        Leg(
            "PostgreSQL",
            [*workers, "-m", f"{kind} and not once"],
            {"DATABASE_URL": POSTGRES_URL},
            missing=postgres_missing(),
        ),
    ]
    if hard:
        return both
    return [*both, Leg("browser", [*workers, "-m", "browser"], {"DATABASE_URL": ""}, missing=browser_missing())]


def run(leg: Leg) -> str:
    """Run one leg; returns its line of the summary."""
    environment = {key: value for key, value in (os.environ | leg.environment).items() if value}
    if not leg.environment["DATABASE_URL"]:
        environment.pop("DATABASE_URL", None)
    print(f"--- {leg.name} ---", flush=True)
    started = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-q", *leg.options]
    code = subprocess.run(command, env=environment).returncode
    result = {0: "passed", 5: "NO TESTS FOUND"}.get(code, "FAILED")
    return f"{leg.name}: {result} in {time.monotonic() - started:.0f} s"


def main() -> int:
    """Run the legs that can run, name those that cannot; 0 when all is well."""
    summary = [
        run(leg) if not leg.missing else f"{leg.name}: NOT RUN ({leg.missing})"
        for leg in legs(hard="--hard" in sys.argv)
    ]
    print("--- summary ---", *summary, sep="\n")
    strict = os.environ.get("SECDESK_CI") == "1"
    bad = [line for line in summary if ": passed" not in line and (strict or "NOT RUN" not in line)]
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
