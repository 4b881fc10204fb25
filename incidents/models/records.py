"""What belongs to one incident and is reached through it alone."""

from __future__ import annotations

from django.db import models

from incidents.models.incident import Incident
from incidents.vocabulary import EntryKind, PhaseCode, Progress, Status, TrackCode, TrackState
from secdesk.core.people.models import Person


class ReferenceCounter(models.Model):
    """Last number given in a fiscal year; its row lock keeps two reports from one reference."""

    fiscal_year = models.PositiveSmallIntegerField(unique=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.fiscal_year}: {self.last}"


class StatusChange(models.Model):
    """When a state was entered, by whom and why."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="status_changes")
    status = models.CharField(max_length=12, choices=Status)
    at = models.DateTimeField()
    by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.incident_id} {self.status}"


class Phase(models.Model):
    """One phase inside 対応中; they run in any order (facts §5.6)."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="phases")
    code = models.CharField(max_length=20, choices=PhaseCode)
    progress = models.CharField(max_length=10, choices=Progress, default=Progress.OPEN)
    at = models.DateTimeField(null=True, blank=True)  # when `progress` was last changed
    by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("incident", "code"), name="phase_once"),)

    def __str__(self) -> str:
        return f"{self.incident_id} {self.code}"


class Track(models.Model):
    """One of the four tracks; for now a plain step with a reason when it is not needed."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="tracks")
    code = models.CharField(max_length=12, choices=TrackCode)
    state = models.CharField(max_length=12, choices=TrackState, default=TrackState.OPEN)
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("incident", "code"), name="track_once"),
            models.CheckConstraint(
                name="track_reason", condition=~models.Q(state=TrackState.NOT_NEEDED) | ~models.Q(reason="")
            ),
        )

    def __str__(self) -> str:
        return f"{self.incident_id} {self.code}"


class TimelineEntry(models.Model):
    """One line of the timeline: when it happened, and when it was written down. Lines are never edited."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="timeline")
    kind = models.CharField(max_length=12, choices=EntryKind, default=EntryKind.NOTE)
    happened_at = models.DateTimeField()
    entered_at = models.DateTimeField()
    text = models.CharField(max_length=2000)
    decided_by = models.CharField(max_length=120, blank=True)  # 判断: post and name of who decided
    reason = models.CharField(max_length=500, blank=True)  # 判断: why
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-happened_at", "-id")
        indexes = (models.Index(fields=("incident", "-happened_at", "-id"), name="timeline_order"),)

    def __str__(self) -> str:
        return f"{self.incident_id} {self.happened_at:%Y-%m-%d %H:%M} {self.kind}"


class Message(models.Model):
    """A message between CSIRT and the reporter, shown on both pages."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="messages")
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    from_csirt = models.BooleanField()
    text = models.TextField(max_length=4000)
    sent_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.incident_id} {self.sent_at:%Y-%m-%d %H:%M}"
