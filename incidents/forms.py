"""Forms of incidents: parse and clean one request."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from incidents.logline import read_line
from incidents.models import Incident, IncidentType
from incidents.permissions import HOLDERS, IncidentPerm
from incidents.services.reporting import Report
from incidents.vocabulary import Concern, EntryKind, ReportedAs, Segment, Severity, Status, TrackCode, TrackState
from secdesk.core.forms import CodeField, DeskForm, JapaneseDateTimeField, ProseField, TileBoxes, Tiles
from secdesk.core.people.models import Department, Person, RoleAssignment


class ReportForm(DeskForm):
    """報告する: three answers, the rest may stay empty."""

    kind = forms.ChoiceField(
        label=_("Which is it closest to?"), choices=ReportedAs.choices, widget=Tiles, required=False
    )
    what = ProseField(
        label=_("What happened?"),
        help_text=_("Just as you saw or did it. Write “Resident A” instead of a resident's name."),
        max_length=4000,
        error_messages={"required": _("Please write what happened. One line is enough.")},
        widget=forms.Textarea(
            attrs={
                "class": "textarea textarea-short",
                "rows": 3,
                "placeholder": _("Example: I sent an invitation to 32 people with all addresses in CC."),
            }
        ),
    )
    when = forms.ChoiceField(
        label=_("When did you notice?"),
        choices=[("now", _("Just now")), ("at", _("Write date and time"))],
        initial="now",
    )
    noticed_at = JapaneseDateTimeField(label=_("Date and time you noticed"), required=False, future=False)
    about = forms.MultipleChoiceField(
        label=_("What is concerned?"),
        help_text=_("Choose all that apply. If in doubt choose “I don't know”."),
        choices=Concern.choices,
        widget=TileBoxes,
        error_messages={"required": _("Please choose at least one. “I don't know” is fine.")},
    )
    phone = CodeField(label=_("Telephone for questions"), max_length=30, required=False)
    on_behalf = forms.CharField(label=_("Name of the person you report for"), max_length=80, required=False)
    quiet = forms.BooleanField(
        label=_("Do not tell the head of my section"),
        help_text=_("It reaches the CSIRT alone. Nobody asks why. Usually the head of the section is told too."),
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("when") == "at" and not cleaned.get("noticed_at") and "noticed_at" not in self.errors:
            self.add_error("noticed_at", _("Please write the date and the time, or choose “Just now”."))
        return cleaned

    def report(self) -> Report:
        """What the service takes."""
        data = self.cleaned_data
        return Report(
            what=data["what"],
            noticed_at=data["noticed_at"] if data["when"] == "at" else timezone.now(),
            concerns=data["about"],
            reported_as=data["kind"],
            phone=data["phone"],
            reporter_name=data.get("on_behalf", ""),
            quiet=data["quiet"],
        )


class TelephoneForm(DeskForm):
    """A report that came by telephone: true times, real reporter."""

    what = ProseField(
        label=_("What the caller said"), max_length=4000, widget=forms.Textarea(attrs={"class": "textarea", "rows": 4})
    )
    kind = forms.ChoiceField(label=_("Closest to"), choices=ReportedAs.choices, widget=Tiles, required=False)
    called_at = JapaneseDateTimeField(label=_("Time of the call"), future=False)
    known_at = JapaneseDateTimeField(
        label=_("When the first member of staff knew"),
        help_text=_("Statutory terms count from this day. Empty: the time of the call."),
        required=False,
        future=False,
    )
    caller_number = CodeField(
        label=_("Employee number of the caller"),
        help_text=_("If known: the caller then sees the report and its state."),
        max_length=20,
        required=False,
    )
    caller_name = forms.CharField(label=_("Name of the caller"), max_length=80, required=False)
    phone = CodeField(label=_("Telephone to call back"), max_length=30, required=False)
    department = forms.ModelChoiceField(
        label=_("Section of the caller"), queryset=Department.objects.none(), required=False
    )
    about = forms.MultipleChoiceField(
        label=_("What is concerned?"), choices=Concern.choices, widget=TileBoxes, required=False
    )
    quiet = forms.BooleanField(label=_("Do not tell the head of the section"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"] = section_field(_("Section of the caller"))
        self.style_fields()
        self.initial.setdefault("called_at", timezone.now())

    def clean_caller_number(self) -> Person | None:
        """The person behind the number."""
        number = self.cleaned_data["caller_number"]
        person = person_of_number(number) if number else None
        if number and person is None:
            raise ValidationError(_("Nobody has this number. Leave it empty and write the name."))
        return person

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        called, known = cleaned.get("called_at"), cleaned.get("known_at")
        if called and known and known > called:
            self.add_error("known_at", _("This lies after the call. Please check both times."))
        if not cleaned.get("caller_name") and not cleaned.get("caller_number") and "caller_number" not in self.errors:
            self.add_error("caller_name", _("Please write who called: a name or an employee number."))
        return cleaned

    def report(self) -> Report:
        """What the service takes."""
        data = self.cleaned_data
        known: dt.datetime = data["known_at"] or data["called_at"]
        return Report(
            what=data["what"],
            noticed_at=known,
            concerns=data["about"] or [Concern.UNKNOWN],
            reported_as=data["kind"],
            phone=data["phone"],
            reporter_name=data["caller_name"],
            quiet=data["quiet"],
        )


class _TypeField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return str(obj)


class _PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


class _SectionField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.full_name)


def section_field(label: Any) -> forms.ModelChoiceField:  # type: ignore[type-arg]
    """A section or branch office that exists today, with its bureau in front."""
    rows = Department.objects.today().select_related("bureau")
    return _SectionField(
        label=label, queryset=rows, required=False, empty_label=pgettext_lazy("section", "not decided")
    )


def person_of_number(number: str) -> Person | None:
    """The person of exactly this number; in other case only when one person alone has it so."""
    if exact := Person.objects.filter(number=number).first():
        return exact
    alike = list(Person.objects.filter(number__iexact=number)[:2])
    return alike[0] if len(alike) == 1 else None


def csirt_members(incident: Incident | None = None) -> QuerySet[Person]:
    """People who may take a case in charge; of a sealed one its team alone."""
    roles = RoleAssignment.objects.today().filter(role__in=HOLDERS[IncidentPerm.WORK])
    people = Person.objects.filter(pk__in=roles.values("person_id"), disabled_at__isnull=True)
    if incident is not None and incident.sealed:
        people = people.filter(pk__in=incident.grants.values("user_id"))
    return people


class TriageForm(DeskForm):
    """What kind of incident it is and who works on it, in one submit. Carries the version it was drawn from."""

    FACTS: tuple[str, ...] = ("kind", "severity", "segment", "owner", "owning_section")

    version = forms.IntegerField(widget=forms.HiddenInput)
    kind = _TypeField(label=_("Type"), queryset=IncidentType.objects.none(), required=False)
    severity = forms.TypedChoiceField(
        label=_("Severity"),
        choices=[("", _("not judged yet")), *Severity.choices],
        coerce=int,
        empty_value=None,
        required=False,
    )
    segment = forms.ChoiceField(
        label=_("Network segment"), choices=[("", _("not known yet")), *Segment.choices], required=False
    )
    owner = _PersonField(label=_("In charge"), queryset=Person.objects.none(), required=False)
    owning_section = forms.ModelChoiceField(queryset=Department.objects.none(), required=False)

    def __init__(self, *args: Any, incident: Incident, proposal: bool = False, **kwargs: Any) -> None:
        initial = self.values_of(incident) | {"version": incident.version}
        if proposal:  # the reporter's section is the first guess
            initial["owning_section"] = initial["owning_section"] or incident.department_id
        super().__init__(*args, initial=initial, **kwargs)
        self.fields["kind"].queryset = IncidentType.objects.filter(is_active=True)  # type: ignore[attr-defined]
        self.fields["owner"].queryset = csirt_members(incident)  # type: ignore[attr-defined]
        self.fields["owning_section"] = section_field(_("Owning section"))
        self.style_fields()

    def values_of(self, incident: Incident) -> dict[str, Any]:
        """Values of the record by field name; keys for rows."""
        return {name: _initial(incident, name) for name in self.FACTS}

    def facts(self) -> dict[str, Any]:
        """What the service takes."""
        return {name: self.cleaned_data[name] for name in self.FACTS}


class FactsForm(TriageForm):
    """All facts of the case."""

    FACTS = ("title", "outline", *TriageForm.FACTS, "known_at", "occurred_from", "occurred_to")

    title = forms.CharField(label=_("Title"), max_length=120)
    outline = ProseField(label=_("Outline"), max_length=20000)
    known_at = JapaneseDateTimeField(
        label=_("When the first member of staff knew"),
        help_text=_("Statutory terms count from this day."),
        future=False,
    )
    occurred_from = JapaneseDateTimeField(label=_("Occurred from"), required=False, future=False)
    occurred_to = JapaneseDateTimeField(label=_("Occurred until"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        start, end = cleaned.get("occurred_from"), cleaned.get("occurred_to")
        if end and not start and "occurred_from" not in self.errors:
            self.add_error("occurred_from", _("Please write the beginning too."))
        if start and end and end < start:
            self.add_error("occurred_to", _("The end lies before the beginning."))
        return cleaned


def _initial(incident: Incident, name: str) -> Any:
    return getattr(incident, f"{name}_id") if name in Incident.RELATIONS else getattr(incident, name)


class LineForm(DeskForm):
    """One line of the timeline as it is typed."""

    line = forms.CharField(
        label=_("Line"), max_length=2000, error_messages={"required": _("Please write one line first.")}
    )

    def entry(self, now: dt.datetime) -> dict[str, Any]:
        """Arguments of the service. A line that holds nothing but a time is kept as it was typed."""
        line = read_line(self.cleaned_data["line"], now)
        return {
            "text": line.text or self.cleaned_data["line"],
            "happened_at": line.happened_at,
            "kind": line.kind,
        }


class DecisionForm(DeskForm):
    """判断: what is decided, by whom, why."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **({"auto_id": "decision_%s"} | kwargs))  # several forms stand on the page of a case

    text = forms.CharField(label=_("What is decided"), max_length=500)
    decided_by = forms.CharField(label=_("Decided by (post and name)"), max_length=120)
    reason = forms.CharField(label=_("Why"), max_length=500)

    def entry(self, now: dt.datetime) -> dict[str, Any]:
        """Arguments of the service."""
        data = self.cleaned_data
        return {
            "text": data["text"],
            "decided_by": data["decided_by"],
            "reason": data["reason"],
            "happened_at": now,
            "kind": EntryKind.DECISION,
        }


class MessageForm(DeskForm):
    """A message to the other side."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **({"auto_id": "message_%s"} | kwargs))  # several forms stand on the page of a case

    text = ProseField(
        label=_("Message"),
        max_length=4000,
        widget=forms.Textarea(attrs={"class": "textarea textarea-short", "rows": 3}),
        error_messages={"required": _("Please write a message first.")},
    )


class MoveForm(DeskForm):
    """The reason of a move; on closing also what becomes of the open tracks."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(label=_("Reason"), max_length=500)

    def __init__(self, *args: Any, incident: Incident, target: str, **kwargs: Any) -> None:
        super().__init__(*args, initial={"version": incident.version}, auto_id="move_%s", **kwargs)
        self.open_tracks = []
        if target == Status.DONE:
            self.fields["reason"].label = _("Why it can be closed")
            self.open_tracks = [track.code for track in incident.tracks.all() if track.state == TrackState.OPEN]
        for code in self.open_tracks:
            self.fields[f"track_{code}"] = forms.ChoiceField(
                label=TrackCode(code).label,
                choices=[
                    (TrackState.DONE, TrackState.DONE.label),
                    (TrackState.NOT_NEEDED, TrackState.NOT_NEEDED.label),
                ],
                widget=forms.RadioSelect,
                error_messages={"required": _("This track is still open. Choose what became of it.")},
            )
            self.fields[f"why_{code}"] = forms.CharField(
                label=_("Reason when not needed"), max_length=300, required=False
            )
        self.style_fields()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for code in self.open_tracks:
            if cleaned.get(f"track_{code}") == TrackState.NOT_NEEDED and not cleaned.get(f"why_{code}"):
                self.add_error(f"why_{code}", _("Please write why this was not needed."))
        return cleaned

    def tracks(self) -> dict[str, tuple[TrackState, str]]:
        """What becomes of the open tracks: state and reason by code."""
        data = self.cleaned_data
        return {code: (TrackState(data[f"track_{code}"]), data[f"why_{code}"]) for code in self.open_tracks}

    def track_rows(self) -> list[tuple[Any, Any]]:
        """Bound fields by track, for the template."""
        return [(self[f"track_{code}"], self[f"why_{code}"]) for code in self.open_tracks]


class TrackForm(DeskForm):
    """A track ends, is judged not needed, or opens again."""

    state = forms.ChoiceField(choices=TrackState.choices)
    reason = forms.CharField(max_length=300, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("state") == TrackState.NOT_NEEDED and not cleaned.get("reason", "").strip():
            self.add_error("reason", _("Please write why this is not needed."))
        return cleaned


class MemberForm(DeskForm):
    """Somebody joins the team of a sealed incident."""

    number = CodeField(label=_("Employee number"), max_length=20)

    def clean_number(self) -> Person:
        """The person behind the number."""
        person = person_of_number(self.cleaned_data["number"])
        if person is None or not person.is_active:
            raise ValidationError(_("Nobody in service has this number."))
        return person


class UnsealForm(DeskForm):
    """The seal of a quiet report is lifted."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **({"auto_id": "unseal_%s"} | kwargs))  # stands beside the form of the team

    reason = forms.CharField(label=_("Reason"), max_length=500)


class BreakGlassForm(DeskForm):
    """Emergency access to a sealed incident."""

    reference = CodeField(label=_("Reference"), max_length=12)
    reason = forms.CharField(label=_("Reason"), max_length=500)
