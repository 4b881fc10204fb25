"""Pages of one's own long work: progress, cancel, result."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from secdesk.core.access import requires_on, signed_in
from secdesk.core.states import Conflict
from secdesk.core.tasks.models import Task
from secdesk.core.tasks.permissions import TaskPerm
from secdesk.core.tasks.registry import kind_of
from secdesk.core.tasks.results import Damaged
from secdesk.core.tasks.services import cancel_task, open_result

SHOWN = 30


@signed_in
@require_safe
def task_list(request: HttpRequest) -> HttpResponse:
    """The reader's newest pieces of long work."""
    tasks = Task.objects.visible_to(request.user).order_by("-id")[:SHOWN]
    return render(request, "tasks/list.html", {"tasks": [_shown(task) for task in tasks]})


@requires_on(Task, TaskPerm.VIEW)
@require_safe
def task(request: HttpRequest, task: Task) -> HttpResponse:
    """Progress; htmx fetches the moving part alone, every two seconds while there is something to see."""
    template = "tasks/_progress.html" if request.headers.get("HX-Request") else "tasks/task.html"
    response = render(request, template, _shown(task))
    patch_vary_headers(response, ["HX-Request"])
    return response


@requires_on(Task, TaskPerm.CANCEL)
@require_POST
def cancel(request: HttpRequest, task: Task) -> HttpResponse:
    """Cancel the work."""
    try:
        cancel_task(task, by=request.user)  # type: ignore[arg-type]
    except Conflict:
        messages.warning(request, _("The work began or ended at the same moment. Please look again."))
    return redirect(task)


@requires_on(Task, TaskPerm.VIEW)
@require_safe
def result(request: HttpRequest, task: Task) -> HttpResponse:
    """The result file, as an attachment."""
    if not task.has_result:
        raise Http404
    try:
        pieces = open_result(task, by=request.user)  # type: ignore[arg-type]
    except Damaged:
        messages.error(request, _("The result can't be read. Please start the work again."))
        return redirect(task)
    response: Any = StreamingHttpResponse(pieces, content_type=task.file_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=task.file_name)
    response["Content-Length"] = str(task.file_size)
    response["Cache-Control"] = "no-store"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"  # it never runs in our origin
    return response  # type: ignore[no-any-return]


def _shown(task: Task) -> dict[str, Any]:
    """A task with its title; None when its kind went with an upgrade."""
    try:
        title = kind_of(task.kind).title
    except KeyError:
        title = None
    return {"task": task, "title": title}
