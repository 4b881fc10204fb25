"""What accounts put on the home pages: text that was not sent, colleagues who ask, slips to hand out."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from secdesk.accounts import kept_forms, session_limits
from secdesk.accounts.enrolment import counts
from secdesk.accounts.models import Attestation, Section
from secdesk.accounts.permissions import AccountsPerm
from secdesk.core.access import holds, scope
from secdesk.core.people.models import Person
from secdesk.core.todo import Todo


def things_to_do(person: Person) -> Iterator[Todo]:
    """Most urgent first: a colleague waits in person."""
    yield from _colleagues(person)
    yield from _unsent(person)
    yield from _slips(person)


def _colleagues(person: Person) -> Iterator[Todo]:
    if not holds(person, AccountsPerm.ATTEST):
        return
    until = list(Attestation.objects.visible_to(person).waiting().values_list("expires_at", flat=True))
    count = len(until)
    if count:
        text = ngettext("%(count)d colleague asks you to vouch", "%(count)d colleagues ask you to vouch", count)
        note = _("Forgot or lost the second means of log-in")
        yield Todo(text % {"count": count}, reverse("accounts:attestations"), _("Look"), note, min(until))


def _unsent(person: Person) -> Iterator[Todo]:
    for form in kept_forms.waiting(person):
        at = time_format(timezone.localtime(form.typed_at), "H:i")
        note = _("The session had ended at %(at)s. The text is kept for 24 hours.") % {"at": at}
        yield Todo(_("What you wrote was not sent"), form.url, _("Go on"), note, form.typed_at + session_limits.KEPT)


def _slips(person: Person) -> Iterator[Todo]:
    """For helpers and heads; the office sees the whole city on its own page."""
    where = scope(person, AccountsPerm.HAND_OUT)
    if not where or where.everywhere:
        return
    waiting = sum(row.waiting for row in counts(Section.objects.allowed(person, AccountsPerm.HAND_OUT)))
    if waiting:
        text = ngettext("%(count)d person has no slip yet", "%(count)d people have no slip yet", waiting)
        yield Todo(text % {"count": waiting}, reverse("accounts:enrolment"), _("Hand out"))
