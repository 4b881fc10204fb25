"""Incidents and what hangs on them."""

from incidents.models.incident import Incident, IncidentGrant, IncidentQuerySet
from incidents.models.records import Message, Phase, ReferenceCounter, StatusChange, TimelineEntry, Track
from incidents.models.types import IncidentType

__all__ = [
    "Incident",
    "IncidentGrant",
    "IncidentQuerySet",
    "IncidentType",
    "Message",
    "Phase",
    "ReferenceCounter",
    "StatusChange",
    "TimelineEntry",
    "Track",
]
