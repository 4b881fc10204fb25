"""Settings of the benchmark: the product's own, in demo mode, with files of its own under var/bench."""

import os
from pathlib import Path

FOLDER = Path(os.environ.get("SECDESK_BENCH", Path(__file__).resolve().parents[2] / "var" / "bench"))
FOLDER.mkdir(parents=True, exist_ok=True, mode=0o700)
os.environ["SECDESK_VAR"] = str(FOLDER)
os.environ["SECDESK_MODE"] = "demo"

from secdesk.settings import *  # noqa: E402, F403

ALLOWED_HOSTS = ["testserver"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
LOGGING = {"version": 1, "disable_existing_loggers": True}
