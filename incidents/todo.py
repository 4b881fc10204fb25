"""What waits for a person in incidents, for the list on the home page (core/todo.py)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents.models import Incident, Message
from incidents.permissions import IncidentPerm
from incidents.vocabulary import OPEN_STATUSES
from secdesk.core.people.models import Person
from secdesk.core.todo import Todo

NEWS = dt.timedelta(days=14)  # how long the other side's last word counts as waiting
MOST = 10


def things_to_do(person: Person) -> Iterator[Todo]:
    """Messages whose last word is the other side's: for the reporter CSIRT's, for the case's owner the reporter's."""
    for incident in _waiting(Incident.objects.allowed(person, IncidentPerm.OWN_REPORT), from_csirt=True):
        yield Todo(
            title=_("Read the CSIRT's message"),
            url=reverse("incidents:my_report", args=(incident.pk,)),
            action=_("Read"),
            note=f"{incident.reference} {incident.reported_title}",
        )
    owned = Incident.objects.allowed(person, IncidentPerm.WORK).filter(owner=person)
    for incident in _waiting(owned, from_csirt=False):
        yield Todo(
            title=_("The reporter has written"),
            url=incident.get_absolute_url(),
            action=_("Read"),
            note=f"{incident.reference} {incident.title}",
        )


def _waiting(rows: QuerySet[Incident], *, from_csirt: bool) -> list[Incident]:
    newest = Message.objects.filter(incident=OuterRef("pk")).order_by("-id")
    rows = rows.filter(status__in=OPEN_STATUSES).annotate(
        last_word=Subquery(newest.values("from_csirt")[:1]), last_at=Subquery(newest.values("sent_at")[:1])
    )
    return list(rows.filter(last_word=from_csirt, last_at__gte=timezone.now() - NEWS).order_by("last_at")[:MOST])
