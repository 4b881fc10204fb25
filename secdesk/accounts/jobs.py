"""What the clock does for accounts."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from secdesk.accounts.models import Attestation, Invitation, KeptForm
from secdesk.accounts.services import limits
from secdesk.accounts.sessions import SessionStore
from secdesk.core.jobs import JobContext, job

REQUESTS_KEPT = dt.timedelta(days=62)  # this month's and last month's uses are counted and shown


@job("accounts.sweep", cron="17 * * * *", title=_("Remove ended sessions, kept forms and old requests"))
def sweep(context: JobContext) -> None:
    """Remove what nobody can use any more; the ledger keeps what happened."""
    now = timezone.now()
    SessionStore.clear_expired()
    KeptForm.objects.filter(expires_at__lte=now).delete()
    Attestation.objects.filter(created_at__lt=now - REQUESTS_KEPT).delete()
    Invitation.objects.filter(expires_at__lte=now).exclude(sealed_sheet=b"").update(sealed_sheet=b"")
    limits.sweep()
