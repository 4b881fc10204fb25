"""Forms of log-in and factors."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from secdesk.accounts.models.factors import Method


class PasswordForm(forms.Form):
    """First step."""

    number = forms.CharField(
        label=_("Employee number"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "username webauthn", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    shared = forms.BooleanField(label=_("This is a shared PC"), required=False)


class CodeForm(forms.Form):
    """Second step: one code of one method."""

    method = forms.ChoiceField(choices=[(method.value, method.value) for method in Method])
    code = forms.CharField(max_length=60, error_messages={"required": _("Enter the code.")})


class UnlockForm(forms.Form):
    """One factor of a locked session: the password, or a code of one method."""

    method = forms.ChoiceField(choices=[("password", "password"), *((method.value, method.value) for method in Method)])
    proof = forms.CharField(
        max_length=256, strip=False, error_messages={"required": _("Enter the password or a code.")}
    )
