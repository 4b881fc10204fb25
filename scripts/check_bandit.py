"""Bandit over the given folders; a finding that was judged on its line (`# noqa: S… reason`) is not told again.

Ruff's S rules are the same rules and demand that mark; bandit sees some more. One mark for both.
usage: check_bandit.py FOLDER…
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

JUDGED = re.compile(r"# noqa: [A-Z0-9, ]*S\d{3}")
# Asserts that narrow a type; imports and calls of subprocess, whose arguments ruff judges (S603, S607).
ELSEWHERE = {"B101", "B404", "B603", "B606"}


def main(folders: list[str]) -> int:
    """Print what nobody judged; 0 when there is nothing."""
    command = [sys.executable, "-m", "bandit", "-q", "-r", *folders, "-f", "json"]
    report = json.loads(subprocess.run(command, capture_output=True, text=True).stdout)
    open_findings = [finding for finding in report["results"] if not _judged(finding)]
    for finding in open_findings:
        print(f"{finding['filename']}:{finding['line_number']}: {finding['test_id']} {finding['issue_text']}")
    for error in report["errors"]:
        print(error)
    return 1 if open_findings or report["errors"] else 0


def _judged(finding: dict[str, object]) -> bool:
    if finding["test_id"] in ELSEWHERE:
        return True
    lines = Path(str(finding["filename"])).read_text("utf-8").splitlines()
    numbers = finding["line_range"]
    assert isinstance(numbers, list)
    return any(JUDGED.search(lines[number - 1]) for number in range(min(numbers), max(numbers) + 1))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
