"""The desk saves itself."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from secdesk.core.desk.backup import make_backup
from secdesk.core.jobs import JobContext, job


@job("desk.backup", cron="7 * * * *", title=_("Make the hourly backup"))
def hourly_backup(context: JobContext) -> None:
    """Into the folder named by SECDESK_BACKUP; nothing when none is named."""
    if settings.SECDESK_BACKUP:
        make_backup(Path(settings.SECDESK_BACKUP), by=context.actor, keep=settings.SECDESK_BACKUP_KEEP)
