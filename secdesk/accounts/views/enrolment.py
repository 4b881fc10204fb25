"""登録状況: who was handed a slip, who has registered; print, hand over, reprint, invite by mail."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from secdesk.accounts import slips
from secdesk.accounts.decorators import recent_sign_in
from secdesk.accounts.enrolment import Stage, counts, roll
from secdesk.accounts.enrolment_forms import PeopleForm
from secdesk.accounts.models import Enrollee, Invitation, Section
from secdesk.accounts.permissions import AccountsPerm
from secdesk.accounts.requests import DeskRequest
from secdesk.accounts.services import invitations
from secdesk.core.access import requires, requires_on
from secdesk.core.people.models import Person

MOST_SHEETS = 10  # at once: 40 Argon2 hashes each take a second


@requires(AccountsPerm.VIEW_ENROLMENT)
@require_GET
def sections_page(request: DeskRequest) -> HttpResponse:
    """Counts by section; the one section of a helper or head opens at once."""
    rows = counts(Section.objects.visible_to(request.user))
    if len(rows) == 1:
        return _section(request, rows[0].section)
    total = {name: sum(getattr(row, name) for row in rows) for name in ("people", "enrolled", "handed_out", "waiting")}
    return render(request, "accounts/enrolment.html", {"rows": rows, "total": total})


@requires_on(Section, AccountsPerm.VIEW_ENROLMENT)
@require_GET
def section_page(request: DeskRequest, section: Section) -> HttpResponse:
    """The people of one section in the order of the roster."""
    return _section(request, section)


def _section(request: DeskRequest, section: Section) -> HttpResponse:
    rows = roll(section)
    tally = {stage.value: sum(row.stage == stage for row in rows) for stage in Stage}
    can_see_all = Section.objects.visible_to(request.user).exclude(pk=section.pk).exists()
    context = {"section": section, "rows": rows, "tally": tally, "can_see_all": can_see_all}
    return render(request, "accounts/enrolment_section.html", context)


@requires_on(Section, AccountsPerm.HAND_OUT)
@require_POST
@recent_sign_in
def section_action(request: DeskRequest, section: Section) -> HttpResponse:
    """Print slips for the ticked people, or mark theirs as handed over."""
    people = {row.person.pk: row for row in roll(section)}
    form = PeopleForm(request.POST, allowed=list(people))
    if not form.is_valid():
        messages.error(request, _("Tick somebody first."))
        return redirect("accounts:enrolment_section", section.pk)
    picked = [people[pk] for pk in people if pk in form.cleaned_data["people"]]
    if request.POST.get("act") == "hand_over":
        _hand_over(request, [row.invitation for row in picked if row.invitation])
        return redirect("accounts:enrolment_section", section.pk)
    with_sheet = request.POST.get("act") == "print_with_sheet"
    return _print(request, [row.person for row in picked], section, with_sheet=with_sheet)


def _print(request: DeskRequest, people: list[Enrollee], section: Section, *, with_sheet: bool) -> HttpResponse:
    if with_sheet and len(people) > MOST_SHEETS:
        messages.error(request, _("Print code sheets for at most %(most)d people at a time.") % {"most": MOST_SHEETS})
        return redirect("accounts:enrolment_section", section.pk)
    invite = partial(invitations.invite, kind=Invitation.Kind.SLIP, by=request.user, with_sheet=with_sheet)
    for person in people:
        _try(request, person, invite)
    return redirect("accounts:slips", section.pk)


@requires_on(Section, AccountsPerm.HAND_OUT)
@never_cache
@require_GET
@recent_sign_in
def slips_page(request: DeskRequest, section: Section) -> HttpResponse:
    """Slips this person printed in the last hour and nobody handed over yet, with the receipt list."""
    printed = slips.printable(section, by=request.user)
    return render(request, "accounts/slips.html", {"section": section, "slips": printed})


@requires_on(Enrollee, AccountsPerm.HAND_OUT)
@require_POST
def mail_action(request: DeskRequest, enrollee: Enrollee) -> HttpResponse:
    """Invite by mail."""
    if _try(request, enrollee, partial(invitations.invite, kind=Invitation.Kind.MAIL, by=request.user)):
        messages.success(request, _("The invitation is on its way by mail. It works for 72 hours."))
    return redirect("accounts:enrolment_section", _section_of(request, enrollee).pk)


@requires_on(Invitation, AccountsPerm.HAND_OUT)
@require_POST
@recent_sign_in
def hand_over_action(request: DeskRequest, invitation: Invitation) -> HttpResponse:
    """One slip was handed over in person."""
    _hand_over(request, [invitation])
    return redirect("accounts:enrolment_section", _section_of(request, invitation.person).pk)


def _hand_over(request: DeskRequest, rows: list[Invitation]) -> None:
    """Mark as handed over; say how many codes work from now on, and which slips wait for somebody else."""
    waiting = [row.person.name for row in rows if invitations.needs_another(row, by=request.user)]
    count = invitations.hand_over(rows, by=request.user)
    if count or not waiting:
        text = ngettext(
            "%(count)d slip is marked as handed over. Its code works from now on.",
            "%(count)d slips are marked as handed over. Their codes work from now on.",
            count,
        )
        messages.success(request, text % {"count": count})
    for name in waiting:
        text = _(
            "%(name)s is helper or head of a section: somebody other than you, who printed the slip, must mark it"
            " as handed over. If the section has nobody else, ask the information security office."
        )
        messages.warning(request, text % {"name": name})


def _try(request: DeskRequest, person: Enrollee, act: Callable[[Person], object]) -> bool:
    """Invite; say why not."""
    try:
        act(Person.objects.get(pk=person.pk))
    except invitations.AlreadyEnrolled:
        messages.info(request, _("%(name)s has registered already.") % {"name": person.name})
    except invitations.LinkIsOpen:
        text = _("%(name)s was given a registration link that still works. No other invitation is needed.")
        messages.info(request, text % {"name": person.name})
    except invitations.NoMailAddress:
        messages.error(request, _("%(name)s has no mail address. Print a slip.") % {"name": person.name})
    except invitations.SlipsAreForStaff:
        text = _("%(name)s has a role, now or soon, for which a slip is not enough. Invite by mail.")
        messages.error(request, text % {"name": person.name})
    else:
        return True
    return False


def _section_of(request: DeskRequest, person: Person) -> Section:
    """A department of the person that the reader sees."""
    sections: QuerySet[Section] = Section.objects.visible_to(request.user)
    departments = [posting.department_id for posting in Person.objects.get(pk=person.pk).current_postings]
    return get_object_or_404(sections.filter(pk__in=departments)[:1])
