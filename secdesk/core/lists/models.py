"""A list as somebody likes to see it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from django.db import models
from django.db.models import Q

from secdesk.core.access import GuardedQuerySet
from secdesk.core.lists.permissions import ListPerm
from secdesk.core.people.models import Person


class SavedViewQuerySet(GuardedQuerySet["SavedView"]):
    """Everybody reaches their own."""

    view_permission = ListPerm.KEEP_VIEWS

    def branches(self, person: Any, perm: StrEnum) -> list[Q]:
        return [Q(person=person)]


class SavedView(models.Model):
    """Filters and order of one list under a name; a person's own, seen by nobody else."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="saved_views")
    list_name = models.CharField(max_length=60)
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=1000, blank=True)  # as it stands in the address, canonical
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SavedViewQuerySet.as_manager()
    ledger_fields = frozenset({"list_name"})

    class Meta:
        constraints = (models.UniqueConstraint(fields=("person", "list_name", "name"), name="saved_view_name"),)

    def __str__(self) -> str:
        return self.name

    @property
    def ledger_label(self) -> str:
        """How the ledger names it: the list alone; the view's name is free text."""
        return self.list_name
