"""Settings of the real processes that tests start: the product's own, with plain names of static files."""

from secdesk.settings import *  # noqa: F403
from secdesk.settings import STORAGES

STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
