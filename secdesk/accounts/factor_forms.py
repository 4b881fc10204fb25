"""Forms of the factors page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from secdesk.core.forms import CodeField, DeskForm
from secdesk.core.people.models import Person


class PasskeyLoginForm(forms.Form):
    """What static/js/passkey.js sends: the device's answer as JSON."""

    answer_json = forms.CharField(max_length=20_000)
    shared = forms.BooleanField(required=False)

    def answer(self) -> str:
        """The JSON text; empty when there is none or it is too long, which no check passes."""
        return str(self.cleaned_data["answer_json"]) if self.is_valid() else ""

    def is_shared(self) -> bool:
        """Whether the person said that this is a shared PC."""
        return self.is_valid() and bool(self.cleaned_data["shared"])


class PasskeyForm(DeskForm):
    """A new passkey with the name its owner gives it."""

    name = CodeField(
        label=_("Name of the passkey"), max_length=60, help_text=_("For example: office PC, key on the ring.")
    )
    answer_json = forms.CharField(
        max_length=20_000, widget=forms.HiddenInput, error_messages={"required": _("The device gave no answer.")}
    )


class AppForm(DeskForm):
    """A new authenticator app: its name, and a number it shows."""

    name = CodeField(label=_("Name of the app"), max_length=60, help_text=_("For example: work phone."))
    code = forms.CharField(
        label=_("Six-digit number"),
        max_length=20,
        help_text=_("The number the app shows now."),
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "class": "input w-code"}
        ),
    )


class NameForm(DeskForm):
    """Another name."""

    name = CodeField(label=_("Name"), max_length=60)


class TokenCodeForm(DeskForm):
    """A number a hardware token shows."""

    code = forms.CharField(
        label=_("Number of the token"),
        max_length=20,
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "class": "input w-code"}
        ),
    )


class PasswordChangeForm(DeskForm):
    """The old password and the new one, twice."""

    old = forms.CharField(
        label=_("Password now"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label=_("New password"),
        max_length=256,
        strip=False,
        help_text=_("At least 12 letters. A few words in a row are easier to remember than signs."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("New password once more"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean_new(self) -> str:
        """Refuses short, common and telling ones."""
        new = str(self.cleaned_data["new"])
        validate_password(new, self.person)
        return new

    def clean(self) -> dict[str, Any]:
        """Both must be alike."""
        data = super().clean() or {}
        if data.get("new") and data.get("again") and data["new"] != data["again"]:
            self.add_error("again", _("The two new passwords differ."))
        return data
