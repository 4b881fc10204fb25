"""Operation pages for administrators: is everything running, what is late, what waits. No record of anybody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from secdesk.accounts.decorators import recent_sign_in
from secdesk.core.access import requires
from secdesk.core.outbox.models import OutboxHold
from secdesk.core.outbox.selectors import OutboxState, failed_mails, outbox_state
from secdesk.core.outbox.services import hold_outbox, queue_failed_again, release_outbox, send_test_mail
from secdesk.core.tasks.selectors import open_tasks
from secdesk.core.work import selectors
from secdesk.core.work.health import scheduler_lives
from secdesk.core.work.permissions import OperationPerm

FAILED_SHOWN = 20


@dataclass(frozen=True)
class Problem:
    """One thing that needs eyes: kind of the notice, what it is, what to do, part of the page."""

    kind: str
    title: str
    text: str
    part: str


@requires(OperationPerm.VIEW)
@require_safe
def operation(request: HttpRequest) -> HttpResponse:
    """How the desk runs."""
    jobs, outbox = selectors.job_states(), outbox_state()
    context = {
        "problems": list(_problems(jobs, outbox)),
        "jobs": jobs,
        "outbox": outbox,
        "failed": failed_mails(_person(request), FAILED_SHOWN),
        "tasks": open_tasks(),
        "backup_at": selectors.last_backup_at(),
        "checkpoint_at": selectors.last_checkpoint_at(),
    }
    return render(request, "home/operation.html", context)


@requires(OperationPerm.ACT)
@require_POST
@recent_sign_in
def outbox_hold(request: HttpRequest) -> HttpResponse:
    """Send nothing until released."""
    hold_outbox(OutboxHold.Reason.OPERATOR, by=_person(request))
    messages.success(request, _("Mail is held. Nothing is lost; it waits until you release it."))
    return redirect("home:operation")


@requires(OperationPerm.ACT)
@require_POST
@recent_sign_in
def outbox_release(request: HttpRequest) -> HttpResponse:
    """Send again, with or without what is older than the hold."""
    dropped = release_outbox(by=_person(request), discard="discard" in request.POST)
    text = ngettext(
        "Mail is sent again. %(n)d old mail was dropped.", "Mail is sent again. %(n)d old mails were dropped.", dropped
    )
    messages.success(request, text % {"n": dropped} if dropped else _("Mail is sent again."))
    return redirect("home:operation")


@requires(OperationPerm.ACT)
@require_POST
def outbox_again(request: HttpRequest) -> HttpResponse:
    """Try the failed mails anew."""
    count = queue_failed_again(by=_person(request))
    text = ngettext("%(n)d mail is tried again.", "%(n)d mails are tried again.", count)
    messages.success(request, text % {"n": count})
    return redirect("home:operation")


@requires(OperationPerm.ACT)
@require_POST
def test_mail(request: HttpRequest) -> HttpResponse:
    """A mail to oneself, to see whether the mail server takes it."""
    person = _person(request)
    if not person.email:
        messages.error(request, _("You have no mail address in the roster."))
        return redirect("home:operation")
    send_test_mail(to=person, path=reverse("home:operation"))
    text = _("A test mail is on its way to %(address)s. It goes within a minute.")
    messages.success(request, text % {"address": person.email})
    return redirect("home:operation")


def _problems(jobs: list[selectors.JobState], outbox: OutboxState) -> Iterator[Problem]:
    if not scheduler_lives():
        yield Problem(
            "bad", _("The scheduler does not run"), _("No mail goes and no job runs. Start the desk again."), "jobs"
        )
    for job in jobs:
        if job.state == selectors.LATE_STATE:
            yield Problem("warn", _("Late: %(job)s") % {"job": job.title}, _("It should have run by now."), "jobs")
        elif job.needs_eyes:
            yield Problem("warn", _("Failing: %(job)s") % {"job": job.title}, job.note, "jobs")
    yield from _outbox_problems(outbox)
    if selectors.seal_is_late():
        yield Problem("bad", _("The ledger is not sealed"), _("Entries wait for their seal. Look at its job."), "jobs")
    yield from _backup_problems()


def _outbox_problems(outbox: OutboxState) -> Iterator[Problem]:
    if outbox.hold is not None:
        text = ngettext("%(n)d mail waits.", "%(n)d mails wait.", outbox.waiting) % {"n": outbox.waiting}
        yield Problem("warn", _("Mail is held"), text, "mail")
    elif outbox.late:
        text = _("Is the mail server up? The desk goes on trying for a week.")
        title = ngettext(
            "%(n)d mail has waited over ten minutes", "%(n)d mails have waited over ten minutes", outbox.late
        )
        yield Problem("warn", title % {"n": outbox.late}, text, "mail")
    if outbox.failed:
        title = ngettext("%(n)d mail could not be sent", "%(n)d mails could not be sent", outbox.failed)
        yield Problem(
            "warn", title % {"n": outbox.failed}, _("Mend the address or the mail server, then try again."), "mail"
        )


def _backup_problems() -> Iterator[Problem]:
    made_at = selectors.last_backup_at()
    if made_at is None:
        yield Problem("warn", _("No backup yet"), _("Name a folder in SECDESK_BACKUP, on another device."), "safety")
    elif selectors.is_old(made_at):
        yield Problem("warn", _("The last backup is old"), _("One is due every hour. Look at its job."), "safety")


def _person(request: HttpRequest) -> Any:
    return request.user
