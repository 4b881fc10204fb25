"""The fixed words of an incident (facts §4, §5): values are stored, labels are shown."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Status(models.TextChoices):
    """Main state of an incident's life (facts §5.6)."""

    NEW = "new", pgettext_lazy("incident", "Received")
    CHECKING = "checking", pgettext_lazy("incident", "Being checked")
    VOID = "void", pgettext_lazy("incident", "Not an incident")
    NEAR = "near", pgettext_lazy("incident", "Near miss")
    HANDLING = "handling", pgettext_lazy("incident", "Being handled")
    PREVENTING = "preventing", pgettext_lazy("incident", "Preventing recurrence")
    DONE = "done", pgettext_lazy("incident", "Closed")


OPEN_STATUSES = (Status.NEW, Status.CHECKING, Status.HANDLING, Status.PREVENTING)
# The straight road, as it is drawn on the page.
LIFE = (Status.NEW, Status.CHECKING, Status.HANDLING, Status.PREVENTING, Status.DONE)


class Severity(models.IntegerChoices):
    """重要度: four levels, decided by a person (facts §5.7)."""

    MINOR = 1, _("I minor")
    MEDIUM = 2, _("II medium")
    SERIOUS = 3, _("III serious")
    CRISIS = 4, _("IV crisis")


class Segment(models.TextChoices):
    """Network segment touched (facts §4)."""

    MYNUMBER = "mynumber", _("My Number segment")
    LGWAN = "lgwan", _("LGWAN segment")
    INTERNET = "internet", _("Internet segment")
    STANDALONE = "standalone", _("Stand-alone")
    NONE = "none", _("No network (paper, telephone)")


class Category(models.TextChoices):
    """Category of a type; it decides the phases inside 対応中."""

    CYBER = "cyber", _("Cyber")
    LEAK = "leak", _("Leak, loss, wrong recipient")
    OUTAGE = "outage", _("Outage, failure")


class PhaseCode(models.TextChoices):
    """Phases inside 対応中 (facts §5.6)."""

    FIRST_RESPONSE = "first_response", _("First response")
    CONTAINMENT = "containment", _("Containment")
    ERADICATION = "eradication", _("Removal of the cause")
    RECOVERY = "recovery", _("Recovery")
    FACTS = "facts", _("Establishing the facts")
    RETRIEVAL = "retrieval", _("Confirming return or deletion")
    EXTENT = "extent", _("Fixing the extent")
    ISOLATION = "isolation", _("Isolating the fault")
    SUBSTITUTE = "substitute", _("Substitute means")


PHASES: dict[str, tuple[PhaseCode, ...]] = {
    Category.CYBER: (PhaseCode.FIRST_RESPONSE, PhaseCode.CONTAINMENT, PhaseCode.ERADICATION, PhaseCode.RECOVERY),
    Category.LEAK: (PhaseCode.FACTS, PhaseCode.RETRIEVAL, PhaseCode.EXTENT),
    Category.OUTAGE: (PhaseCode.ISOLATION, PhaseCode.SUBSTITUTE, PhaseCode.RECOVERY),
}


class Progress(models.TextChoices):
    """How far a phase is."""

    OPEN = "new", pgettext_lazy("phase", "Not started")
    DOING = "handling", pgettext_lazy("phase", "Under way")
    DONE = "done", pgettext_lazy("phase", "Done")


class TrackCode(models.TextChoices):
    """The four tracks beside the main state (facts §5.6)."""

    OUTSIDE = "outside", _("Reports to authorities")
    PERSONS = "persons", _("Persons concerned")
    PUBLICATION = "publication", _("Publication")
    INTERNAL = "internal", _("Inside reports and committee")


class TrackState(models.TextChoices):
    """State of a track; only the last two let an incident close."""

    OPEN = "open", pgettext_lazy("track", "Open")
    NOT_NEEDED = "not_needed", pgettext_lazy("track", "Judged not needed")
    DONE = "done", pgettext_lazy("track", "Done")


class Concern(models.TextChoices):
    """What an incident is about, as the reporter ticks it."""

    RESIDENTS = "residents", _("Residents' personal data")
    STAFF = "staff", _("Staff data")
    MYNUMBER = "mynumber", _("My Number")
    MAIL = "mail", _("Mail, fax")
    DEVICE = "device", _("PC, smartphone")
    MEDIA = "media", _("USB stick, paper")
    WEB = "web", _("Web site")
    CONTRACTOR = "contractor", pgettext_lazy("concern", "Contractor")
    UNKNOWN = "unknown", _("I don't know")


class ReportedAs(models.TextChoices):
    """The reporter's own choice of tile; decides which first steps are shown."""

    SENT = "sent", _("Sent to the wrong person")
    LOST = "lost", _("Lost or stolen")
    VIRUS = "virus", _("Infected, suspicious")
    WEB = "web", _("Published by mistake")
    HANDED = "handed", _("Handed to the wrong person")
    OTHER = "other", _("Other, not sure")


class Source(models.TextChoices):
    """How the report came in."""

    OWN = "own", _("Own report")
    TELEPHONE = "telephone", _("By telephone")
    PROXY = "proxy", _("On behalf of somebody")


class EntryKind(models.TextChoices):
    """Kind of a line in the timeline."""

    NOTE = "note", pgettext_lazy("timeline", "Note")
    PHONE = "phone", pgettext_lazy("timeline", "Telephone")
    MAIL = "mail", pgettext_lazy("timeline", "Mail")
    ACTION = "action", pgettext_lazy("timeline", "Action")
    DECISION = "decision", pgettext_lazy("timeline", "Decision")
    REPORT = "report", pgettext_lazy("timeline", "Report")
    PUBLICATION = "publication", pgettext_lazy("timeline", "Publication")
    INTAKE = "intake", pgettext_lazy("timeline", "Intake")
    KNOWN = "known", pgettext_lazy("timeline", "Known")
    STATE = "state", pgettext_lazy("timeline", "State")
