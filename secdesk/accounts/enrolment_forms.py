"""Forms of registration and of vouching for a colleague."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from secdesk.core.people.models import Person


class SlipCodeForm(forms.Form):
    """The sixteen letters of a slip, a mail or a link."""

    code = forms.CharField(
        label=_("Registration code"),
        max_length=60,
        help_text=_("Sixteen letters and digits. Small letters, full-width letters and blanks are read, too."),
        error_messages={"required": _("Type the registration code.")},
        widget=forms.TextInput(
            attrs={
                "class": "input w-l",
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "placeholder": "XXXX-XXXX-XXXX-XXXX",
            }
        ),
    )


class NewPasswordForm(forms.Form):
    """A first password, typed twice."""

    password = forms.CharField(
        label=_("New password"),
        max_length=256,
        strip=False,
        help_text=_("At least 12 letters. Several words in a row are easy to remember and hard to guess."),
        error_messages={"required": _("Type a new password.")},
        widget=forms.PasswordInput(attrs={"class": "input", "autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("The same password again"),
        max_length=256,
        strip=False,
        error_messages={"required": _("Type the password a second time.")},
        widget=forms.PasswordInput(attrs={"class": "input", "autocomplete": "new-password"}),
    )
    shared = forms.BooleanField(
        label=_("This is a shared PC"),
        required=False,
        help_text=_(
            "Nothing you write stays on the PC. Without use it locks early, and a large button ends your turn."
        ),
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean_password(self) -> str:
        """Refuses short, common and personal passwords."""
        password: str = self.cleaned_data["password"]
        validate_password(password, self.person)
        return password

    def clean(self) -> dict[str, Any]:
        """Both entries must be the same."""
        cleaned: dict[str, Any] = super().clean() or {}
        password, again = cleaned.get("password"), cleaned.get("again")
        if password and again and password != again:
            raise ValidationError({"again": _("The two entries differ.")})
        return cleaned

    @property
    def rules(self) -> list[str]:
        """What the validators ask for, in words."""
        return password_validators_help_texts()


class FactorCodeForm(forms.Form):
    """A code that shows that somebody holds a factor."""

    code = forms.CharField(max_length=60, error_messages={"required": _("Enter the code.")})


class TokenForm(FactorCodeForm):
    """A hardware token by its serial number."""

    serial = forms.CharField(max_length=40, error_messages={"required": _("Type the serial number on the device.")})


class PeopleForm(forms.Form):
    """The people ticked on the page 「登録状況」."""

    people = forms.TypedMultipleChoiceField(
        coerce=int, choices=(), error_messages={"required": _("Tick somebody first.")}
    )

    def __init__(self, *args: Any, allowed: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["people"].choices = [(pk, str(pk)) for pk in allowed]  # type: ignore[attr-defined]
