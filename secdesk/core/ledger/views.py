"""Pages of the ledger: entries, seals, the sheet to print, and what a verifier needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from secdesk.core.access import dangerous, requires
from secdesk.core.ledger import guards, notes, outside
from secdesk.core.ledger.export import export_lines, record_export
from secdesk.core.ledger.lists import LEDGER
from secdesk.core.ledger.models import Checkpoint, LedgerEpoch
from secdesk.core.ledger.permissions import LedgerPerm
from secdesk.core.ledger.seal import newest_checkpoint, unsealed_count
from secdesk.core.ledger.selectors import hidden_ids
from secdesk.core.lists.views import list_view

SEALS_SHOWN = 20
VERIFIER = Path(__file__).with_name("verify_ledger.py")


@requires(LedgerPerm.VIEW)
def entry_list(request: HttpRequest) -> HttpResponse:
    """Who did what when, newest first."""
    return list_view(request, LEDGER, "ledger/list.html")


@requires(LedgerPerm.VIEW)
@require_safe
def seals(request: HttpRequest) -> HttpResponse:
    """The public key, the newest seals, and whether they have left the house."""
    context = {
        "public_key": notes.public_key(),
        "newest": newest_checkpoint(),
        "seals": Checkpoint.objects.order_by("-tree_size")[:SEALS_SHOWN],
        "epochs": LedgerEpoch.objects.order_by("-number"),
        "waiting": unsealed_count(),
        "outside": outside.state(),
        "unguarded": guards.missing(connection),
    }
    return render(request, "ledger/seals.html", context)


@requires(LedgerPerm.VIEW)
@require_safe
def sheet(request: HttpRequest) -> HttpResponse:
    """The 封印値 sheet to print and to receive in the city's document system: the newest seal, or `?size=`."""
    size = request.GET.get("size", "")
    found = Checkpoint.objects.order_by("-tree_size")
    checkpoint = (found.filter(tree_size=int(size)) if size.isdecimal() and len(size) < 19 else found).first()
    if checkpoint is None:
        raise Http404
    groups = [checkpoint.root[at : at + 4] for at in range(0, len(checkpoint.root), 4)]
    context = {"checkpoint": checkpoint, "groups": groups, "public_key": notes.public_key()}
    return render(request, "ledger/sheet.html", context)


@requires(LedgerPerm.VIEW)
@require_POST
@dangerous
def export(request: HttpRequest) -> HttpResponse:
    """The ledger as JSON lines; entries whose target the reader does not reach give their seal only."""
    person = request.user
    record_export(by=person)  # type: ignore[arg-type]
    lines = export_lines(lambda entries: hidden_ids(entries, person))  # type: ignore[arg-type]
    response: Any = StreamingHttpResponse(lines, content_type="application/jsonl; charset=utf-8")
    name = f"ledger-{timezone.localtime():%Y%m%d-%H%M}.jsonl"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    response["Cache-Control"] = "no-store"
    return response  # type: ignore[no-any-return]


@requires(LedgerPerm.VIEW)
@require_safe
def verifier(request: HttpRequest) -> HttpResponse:
    """The stand-alone program that verifies an export."""
    response = HttpResponse(VERIFIER.read_bytes(), content_type="text/x-python; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=VERIFIER.name)
    return response
