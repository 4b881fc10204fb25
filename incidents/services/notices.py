"""Who is told of what (facts §14): a line what waits and a link, never a detail of the incident."""

from __future__ import annotations

from incidents.models import Incident
from secdesk.core.people.models import Person


def reported(incident: Incident, *, quiet: bool, taken_by: Person | None = None) -> None:
    """Tell CSIRT, and the head of the reporter's section unless the reporter asked not to."""
