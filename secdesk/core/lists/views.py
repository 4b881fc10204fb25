"""The one view behind every list: the page, its exports, and what is done to many rows."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from secdesk.core.access import requires, requires_on
from secdesk.core.lists.listing import BulkAction, Listing, ListRequest, registered
from secdesk.core.lists.models import SavedView
from secdesk.core.lists.paging import Selection
from secdesk.core.lists.permissions import ListPerm
from secdesk.core.lists.services import TakenName, forget_view, record_export, save_view
from secdesk.core.local_paths import local_path
from secdesk.core.tables import csv_lines, xlsx_bytes

XLSX_ROWS = 20_000
CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def list_view(request: HttpRequest, listing: Listing, template: str, **context: Any) -> HttpResponse:
    """Answer for a list's address. The caller's view has declared the access; rows go through the door."""
    asked = listing.request(request.user, request.GET)  # type: ignore[arg-type]
    if request.method == "POST":
        return _bulk(request, asked)
    if kind := request.GET.get("format"):
        return _export(request, asked, kind)
    return render(request, template, {**context, "list": asked})


# --- export --------------------------------------------------------------------------------------


def _export(request: HttpRequest, asked: ListRequest, kind: str) -> HttpResponse:
    if kind not in ("csv", "xlsx") or not asked.is_valid:
        return HttpResponseBadRequest()
    response: Any
    if kind == "csv":
        response = StreamingHttpResponse(csv_lines(asked.export_rows()), content_type=CSV_TYPE)
        record_export(asked, kind)
    else:
        if not asked.narrowed().count(XLSX_ROWS).exact:
            messages.error(request, _("An Excel file holds up to %(n)s rows here. Use CSV.") % {"n": f"{XLSX_ROWS:,}"})
            return redirect(request.path + asked.address())
        head, *rows = asked.export_rows()
        response = HttpResponse(xlsx_bytes(str(asked.listing.title), head, rows), content_type=XLSX_TYPE)
        record_export(asked, kind)
    name = f"{asked.listing.name}-{timezone.localtime():%Y%m%d-%H%M}.{kind}"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    response["Cache-Control"] = "no-store"
    return response  # type: ignore[no-any-return]


# --- many rows at a time ----------------------------------------------------------------------------


def _bulk(request: HttpRequest, asked: ListRequest) -> HttpResponse:
    action = next((one for one in asked.actions if one.name == request.POST.get("action")), None)
    if action is None or not asked.is_valid:
        return HttpResponseBadRequest()
    back = request.path + asked.address()
    chosen = _chosen(request, asked, action)
    rows = list(chosen.first(asked.order, action.at_most + 1)) if chosen else []
    if not rows:
        messages.error(request, _("Nothing is chosen. Mark the rows first."))
        return redirect(back)
    if len(rows) > action.at_most:
        messages.error(request, _("Up to %(n)d rows at a time. Narrow the list with filters.") % {"n": action.at_most})
        return redirect(back)
    form = (action.form or forms.Form)(request.POST if "confirmed" in request.POST else None)
    if "confirmed" in request.POST and form.is_valid():
        _apply(request, action, rows, form.cleaned_data)
        return redirect(back)
    shown = [{"pk": row.pk, "text": asked.listing.row_text(row)} for row in rows]
    context = {"list": asked, "action": action, "form": form, "rows": shown, "back": back}
    return render(request, "components/bulk.html", context)


def _chosen(request: HttpRequest, asked: ListRequest, action: BulkAction) -> Selection | None:
    """Rows that are marked and on which the person may do the action."""
    selection = asked.narrowed(action.permission)
    if request.POST.get("mark") == "all":
        return selection
    picks = [int(pick) for pick in request.POST.getlist("pick") if pick.isascii() and pick.isdigit() and len(pick) < 19]
    return selection.picked(picks[: action.at_most + 1]) if picks else None


def _apply(request: HttpRequest, action: BulkAction, rows: list[Any], values: dict[str, Any]) -> None:
    done = 0
    for row in rows:
        try:
            action.apply(row, by=request.user, **values)
            done += 1
        except action.refusals:
            continue
    if done:
        text = ngettext("%(action)s: done for %(n)d row.", "%(action)s: done for %(n)d rows.", done)
        messages.success(request, text % {"action": action.label, "n": done})
    if left := len(rows) - done:
        text = ngettext(
            "%(n)d row was left as it is, because its state does not allow it or somebody changed it first.",
            "%(n)d rows were left as they are, because their state does not allow it or somebody changed them first.",
            left,
        )
        messages.warning(request, text % {"n": left})


# --- saved views -------------------------------------------------------------------------------------


def _back(request: HttpRequest) -> str:
    return local_path(request.POST.get("back", "")) or "/"


@requires(ListPerm.KEEP_VIEWS)
def view_save(request: HttpRequest) -> HttpResponse:
    """Keep filters and order of a list under a name (POST: list, name, query, back)."""
    listing = registered().get(request.POST.get("list", ""))
    if listing is None:
        raise Http404
    name = request.POST.get("name", "").strip()
    if not 0 < len(name) <= SavedView._meta.get_field("name").max_length:  # type: ignore[operator]
        messages.error(request, _("Give the view a name of up to 40 letters."))
        return redirect(_back(request))
    try:
        save_view(listing, name, request.POST.get("query", ""), by=request.user)  # type: ignore[arg-type]
    except TakenName:
        messages.error(request, _("You already keep a view of this name."))
    else:
        messages.success(request, _("The view is saved."))
    return redirect(_back(request))


@requires_on(SavedView, ListPerm.KEEP_VIEWS)
def view_forget(request: HttpRequest, savedview: SavedView) -> HttpResponse:
    """Remove one's own saved view."""
    if request.method == "POST":
        forget_view(savedview, by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("The view is removed."))
    return redirect(_back(request))
