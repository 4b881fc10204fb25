"""Spent form tokens are forgotten after two days."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from secdesk.core.jobs import JobContext, job
from secdesk.core.submissions.models import Submission

KEPT = dt.timedelta(days=2)
BATCH = 500


@job("submissions.sweep", cron="50 3 * * *", title=_("Forget which forms were sent"))
def sweep(context: JobContext) -> None:
    """Delete spent tokens and the texts sealed with them."""
    old = Submission.objects.filter(sent_at__lt=timezone.now() - KEPT)
    while batch := list(old.values_list("pk", flat=True)[:BATCH]):
        Submission.objects.filter(pk__in=batch).delete()
