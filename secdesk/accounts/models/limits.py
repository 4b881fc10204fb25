"""Counting of attempts, in the database, so that all nodes see one count."""

from __future__ import annotations

from django.db import models


class AttemptBucket(models.Model):
    """Attempts of the last day on one account from known browsers, or from all others.

    The key is a keyed hash: somebody's password typed into the wrong field is not kept here.
    """

    key = models.CharField(max_length=64, primary_key=True)
    times = models.JSONField(default=list)  # seconds since 1970, oldest first; at most DAY_LIMIT
    refused = models.PositiveBigIntegerField(default=0)  # attempts that were not even looked at
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = (models.Index(fields=("updated_at",), name="attempt_bucket_age"),)

    def __str__(self) -> str:
        return self.key[:12]
