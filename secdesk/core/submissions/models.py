"""Which forms were sent with success, and what they made."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from secdesk.core.people.models import Person


def context_of(person_id: int, token_hash: str) -> bytes:
    """Associated data of a sealed text: it opens in its own row only."""
    return f"core.submission:{person_id}:{token_hash}".encode()


class Submission(models.Model):
    """One spent form token. The row is written in the transaction of what it made, so neither exists alone."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    token_hash = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)  # SHA-256 of the text that was sent
    body = models.BinaryField()  # that text, sealed: shown to its author when another one comes with the same token
    result = models.CharField(max_length=300, blank=True)  # path of what it made
    sent_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("person", "token_hash"), name="submission_once"),)
        indexes = (models.Index(fields=("sent_at",), name="submission_age"),)

    def __str__(self) -> str:
        return f"submission {self.pk}"

    @property
    def context(self) -> bytes:
        """Associated data of `body`."""
        return context_of(self.person_id, self.token_hash)
