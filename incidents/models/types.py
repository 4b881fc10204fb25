"""Types of incidents: a list the city may edit; the starting list is incidents/data/incident_types.json."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language

from incidents.vocabulary import Category, ReportedAs


class IncidentType(models.Model):
    """One type (facts §5.7). `reported_as` is the tile of the report page that proposes it."""

    code = models.CharField(max_length=30, unique=True)
    name_ja = models.CharField(max_length=60)
    name_en = models.CharField(max_length=80)
    category = models.CharField(max_length=10, choices=Category)
    reported_as = models.CharField(max_length=10, choices=ReportedAs, blank=True)
    source = models.CharField(max_length=200, blank=True)  # where this row comes from
    sort_key = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ("sort_key", "id")

    def __str__(self) -> str:
        return self.name_ja if get_language() == "ja" else self.name_en
