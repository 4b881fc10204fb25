"""Settings of the tests: the product's own, with a key ring and files of their own and cheap hashing."""

import os
import tempfile

os.umask(0o077)  # as manage.py does
_folder = tempfile.mkdtemp(prefix="secdesk-tests-")
os.environ["SECDESK_VAR"] = _folder
os.environ["SECDESK_STATIC"] = f"{_folder}/static"
os.mkdir(os.environ["SECDESK_STATIC"])
os.environ.setdefault("SECDESK_MODE", "production")
os.environ.setdefault("SECDESK_MAIL_URL", "smtp://127.0.0.1:8025")

from secdesk.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["tests.settings.CheapHasher"]
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":  # noqa: F405
    # A file, as in life: an in-memory database has table locks of its own and would fail parallel writers.
    DATABASES["default"]["TEST"] = {"NAME": f"{_folder}/test.sqlite3"}  # noqa: F405
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405

from secdesk.accounts.hashers import DeskArgon2Hasher  # noqa: E402


class CheapHasher(DeskArgon2Hasher):
    """The same algorithm with the smallest cost."""

    time_cost = 1
    memory_cost = 8
