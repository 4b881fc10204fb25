"""Work on a case: phases, tracks, timeline, messages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from incidents.models import Incident, Message, Phase, TimelineEntry, Track
from incidents.services import life, notices
from incidents.vocabulary import EntryKind, Progress, Status, TrackState
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.services import record
from secdesk.core.people.models import Person
from secdesk.core.states import Conflict


class ReasonMissing(Exception):
    """「不要と判断」 needs a reason."""


def set_phase(incident: Incident, code: str, progress: Progress, *, by: Person) -> None:
    """A phase begins, ends or is taken back; phases run in any order. Raises Phase.DoesNotExist."""
    phase = incident.phases.get(code=code)
    if phase.progress == progress:
        return
    before = phase.progress
    with transaction.atomic():
        rows = Phase.objects.filter(pk=phase.pk, progress=before)
        if not rows.update(progress=progress, at=timezone.now(), by=by):
            raise Conflict(f"phase {code} of {incident.reference} was changed by somebody else")
        record(Event.INCIDENT_PHASE_CHANGED, by=by, target=incident, phase=code, was=before, now=progress.value)


def set_track(incident: Incident, code: str, state: TrackState, *, by: Person, reason: str = "") -> None:
    """Open a track, end it as done, or judge it not needed with a reason.

    Raises ReasonMissing, and Conflict on a closed incident (re-open it first). Raises Track.DoesNotExist.
    """
    if state == TrackState.NOT_NEEDED and not reason.strip():
        raise ReasonMissing
    track = incident.tracks.get(code=code)
    was = track.state
    with transaction.atomic():
        # Takes the row's lock, so that closing and opening a track cannot cross.
        if not Incident.objects.filter(pk=incident.pk).exclude(status=Status.DONE).update(version=F("version")):
            raise Conflict(f"{incident.reference} is closed")
        rows = Track.objects.filter(pk=track.pk, state=was)
        if not rows.update(state=state, reason=reason.strip(), at=timezone.now(), by=by):
            raise Conflict(f"track {code} of {incident.reference} was changed by somebody else")
        record(Event.INCIDENT_TRACK_CHANGED, by=by, target=incident, track=code, was=was, now=state.value)


def end_tracks_and_move(
    incident: Incident, name: str, *, by: Person, reason: str, tracks: Mapping[str, tuple[TrackState, str]]
) -> None:
    """Say of each track how it ended, and move: all of it or nothing. Raises what both raise."""
    with transaction.atomic():
        for code, (state, why) in tracks.items():
            set_track(incident, code, state, by=by, reason=why)
        life.move_incident(incident, name, by=by, reason=reason)


def log_line(
    incident: Incident,
    text: str,
    *,
    by: Person,
    happened_at: dt.datetime,
    kind: EntryKind = EntryKind.NOTE,
    decided_by: str = "",
    reason: str = "",
) -> TimelineEntry:
    """One line into the timeline."""
    entry = TimelineEntry(
        incident=incident,
        kind=kind,
        happened_at=happened_at,
        entered_at=timezone.now(),
        text=text,
        decided_by=decided_by,
        reason=reason,
        by=by,
    )
    entry.full_clean()
    with transaction.atomic():
        entry.save()
        record(Event.INCIDENT_LOGGED, by=by, target=incident, kind=kind.value, length=len(text))
    return entry


def send_message(incident: Incident, text: str, *, by: Person, from_csirt: bool) -> Message:
    """A message to the reporter or to CSIRT; the other side is told that it waits."""
    message = Message(incident=incident, by=by, from_csirt=from_csirt, text=text, sent_at=timezone.now())
    message.full_clean()
    with transaction.atomic():
        message.save()
        record(Event.INCIDENT_MESSAGE_SENT, by=by, target=incident, from_csirt=from_csirt, length=len(text))
        notices.message_waits(message)
    return message
