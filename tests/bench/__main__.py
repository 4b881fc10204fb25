"""Runs each size on each database in a process of its own, and compares the largest with the smallest."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

BASE = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("SECDESK_BENCH", BASE / "var" / "bench"))
SIZES = {"sqlite": (1_000, 100_000, 1_000_000), "postgresql": (1_000, 100_000)}
POSTGRES_URL = os.environ.get("SECDESK_TEST_POSTGRES", "postgres://secdesk:secdesk@127.0.0.1/secdesk")
OTHERS = ("ledger", "login")  # modules with a database and limits of their own
GROWTH = 1.3  # a list at the largest size against the same list at the smallest
PAGE_MS, QUERIES, DETAIL_QUERIES = 60.0, 15, 25


def schema_hash() -> str:
    """Changes when the tables or what fills them change."""
    files = [*BASE.glob("**/migrations/0*.py"), BASE / "tests/bench/fill.py", BASE / "tests/incidents/past.py"]
    kept = sorted(file for file in files if not {".venv", "var"} & set(file.parts))
    return hashlib.sha256(b"".join(file.read_bytes() for file in kept)).hexdigest()[:10]


def address(db: str, rows: int) -> str:
    """DATABASE_URL of one size; PostgreSQL databases are made when missing."""
    name = f"bench_{schema_hash()}_{rows}"
    if db == "sqlite":
        return f"sqlite:///{FOLDER / name}.sqlite3"
    import psycopg

    with psycopg.connect(POSTGRES_URL, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(f'CREATE DATABASE "{name}"')
    return f"{POSTGRES_URL.rpartition('/')[0]}/{name}"


def unreachable(db: str) -> str:
    """Why the database cannot be measured here; empty when it can."""
    if db == "sqlite":
        return ""
    import psycopg

    try:
        psycopg.connect(POSTGRES_URL, connect_timeout=3).close()
    except psycopg.OperationalError as error:
        return str(error).strip().splitlines()[-1]
    return ""


def run(module: str, db: str, rows: int) -> list[str]:
    """One step in a process of its own; its lines. What it says about itself goes to standard error."""
    environment = os.environ | {"DATABASE_URL": address(db, rows), "DJANGO_SETTINGS_MODULE": "tests.bench.settings"}
    command = [sys.executable, "-m", f"tests.bench.{module}", str(rows)]
    done = subprocess.run(command, cwd=BASE, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.splitlines()


def run_alone(name: str) -> int:
    """A module that prints its own lines; its exit code."""
    return subprocess.run([sys.executable, "-m", f"tests.bench.{name}"], cwd=BASE, check=False).returncode


def grown(figures: list[dict[str, object]]) -> list[dict[str, object]]:
    """The data time of each list at its largest size against its smallest."""
    found = []
    for db in SIZES:
        by_name: dict[str, list[dict[str, object]]] = {}
        for figure in figures:
            if figure["db"] == db and str(figure["name"]).startswith("incidents.list"):
                by_name.setdefault(str(figure["name"]), []).append(figure)
        for name, group in by_name.items():
            small, large = min(group, key=lambda f: int(str(f["rows"]))), max(group, key=lambda f: int(str(f["rows"])))
            if small is large:
                continue
            found.append(
                large
                | {
                    "name": f"{name} against {small['rows']} rows",
                    "bare_ms": small["data_ms"],
                    "ratio": round(float(str(large["data_ms"])) / float(str(small["data_ms"])), 2),
                    "limit": GROWTH,
                    "page_ms": None,
                    "queries": None,
                }
            )
    return found


def over(figure: dict[str, object]) -> str:
    """What of a figure is over its limit, in words; empty when all is well."""
    words = []
    for key, limit in (
        ("ratio", figure["limit"]),
        ("page_ms", PAGE_MS if figure["queries"] else None),
        ("queries", DETAIL_QUERIES if "detail" in str(figure["name"]) else QUERIES),
        ("mb", figure.get("limit_mb")),
    ):
        value = figure.get(key)
        if value is not None and limit is not None and float(str(value)) > float(str(limit)):
            words.append(f"{key} {value} > {limit}")
    least = figure.get("limit_per_second")
    if least is not None and float(str(figure["per_second"])) < float(str(least)):
        words.append(f"per_second {figure['per_second']} < {least}")
    return ", ".join(words)


def main() -> int:
    """Print every figure; 1 when something is over its limit."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--db", choices=SIZES, action="append")
    parser.add_argument("--rows", type=int, action="append")
    asked = parser.parse_args()
    figures: list[dict[str, object]] = []
    for db in asked.db or list(SIZES):
        for rows in asked.rows or SIZES[db]:
            if reason := unreachable(db):
                print(f"not run: {db} {rows}: {reason}", file=sys.stderr)
                continue
            for line in run("fill", db, rows) + run("measure", db, rows):
                print(line, flush=True)
                figures.append(json.loads(line))
    others = () if asked.db or asked.rows else OTHERS
    failed = [name for name in others if run_alone(name)]
    for figure in grown(figures):
        print(json.dumps(figure, ensure_ascii=False), flush=True)
        figures.append(figure)
    bad = [f"{figure['db']} {figure['rows']} {figure['name']}: {over(figure)}" for figure in figures if over(figure)]
    print(f"{len(figures)} figures, {len(bad)} over their limits", *bad, sep="\n", file=sys.stderr)
    return 1 if bad or failed or not figures else 0


if __name__ == "__main__":
    sys.exit(main())
