"""Forms about hardware tokens."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from secdesk.accounts.token_files import decode
from secdesk.core.forms import CodeField, DeskForm
from secdesk.core.people.models import Person

MOST_BYTES = 2_000_000


class SeedFileForm(DeskForm):
    """A seed file as the maker delivers it, and its key when it is encrypted."""

    file = forms.FileField(
        label=gettext_lazy("Seed file (CSV or PSKC)"),
        max_length=200,
        help_text=gettext_lazy("CSV needs the columns serial and secret. PSKC is the XML file of the maker."),
    )
    key = CodeField(
        label=gettext_lazy("Pre-shared key, for encrypted PSKC"),
        required=False,
        max_length=64,
        help_text=gettext_lazy("In hexadecimal, as the maker sent it by another way."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "input fixed"}),
    )

    def clean_file(self) -> Any:
        """Refuses what is too large."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise ValidationError(_("The file is too large."))
        return file

    def clean_key(self) -> bytes:
        """The key as bytes."""
        try:
            return bytes.fromhex(self.cleaned_data["key"])
        except ValueError:
            raise ValidationError(_("The key must be hexadecimal.")) from None

    def clean(self) -> dict[str, Any]:
        """Adds the file's `text`."""
        data = super().clean() or {}
        if data.get("file"):
            try:
                data["text"] = decode(data["file"].read())
            except UnicodeDecodeError:
                self.add_error("file", _("This is neither UTF-8 nor Shift_JIS text."))
        return data


class AssignForm(DeskForm):
    """To whom a device is handed."""

    person = CodeField(label=gettext_lazy("Employee number of the owner"), max_length=20)

    def clean_person(self) -> Person:
        """The person in service with this number."""
        person = Person.objects.filter(number=self.cleaned_data["person"]).first()
        if person is None or not person.is_active:
            raise ValidationError(_("Nobody in service has this employee number."))
        return person


class ResyncForm(DeskForm):
    """Two numbers a device shows one after the other."""

    first = CodeField(
        label=gettext_lazy("Number shown now"), max_length=10, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    second = CodeField(
        label=gettext_lazy("Number shown next"), max_length=10, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
