"""Forms of home."""

from django import forms
from django.utils.translation import gettext_lazy as _

from secdesk.core.forms import DeskForm
from secdesk.core.people.models import Person


class DisplayForm(DeskForm):
    """Language and calendar of one person."""

    language = forms.ChoiceField(label=_("Language"), choices=Person.Language.choices, widget=forms.RadioSelect)
    era = forms.ChoiceField(
        label=_("Years"),
        choices=Person.Era.choices,
        widget=forms.RadioSelect,
        help_text=_("How years are shown. You can type dates in both ways at any time."),
    )
