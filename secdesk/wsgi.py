"""WSGI entry point: `gunicorn secdesk.wsgi`."""

import os
import sys

from django.core.wsgi import get_wsgi_application

WORKER_BOOT_ERROR = 3  # gunicorn stops instead of trying again

os.umask(0o077)  # keys, databases, backups: for their owner alone
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "secdesk.settings")
application = get_wsgi_application()

from secdesk.core.desk.safety import UnsafeDesk  # noqa: E402  needs the apps to be loaded
from secdesk.core.desk.start import start  # noqa: E402

try:
    start()
except UnsafeDesk as error:
    sys.stderr.write(f"{error}\n")
    raise SystemExit(WORKER_BOOT_ERROR) from error
