"""`make bench`: the figures of every module of this folder, each in a process of its own, one JSON line each."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

status = 0
for file in sorted(Path(__file__).parent.glob("[a-z]*.py")):
    status |= subprocess.run([sys.executable, "-m", f"tests.bench.{file.stem}"], check=False).returncode
sys.exit(status)
