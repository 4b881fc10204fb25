"""The printed code sheet: 40 numbered codes, each burns."""

from __future__ import annotations

from django.contrib.auth.hashers import check_password, make_password
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from secdesk.accounts import paper_codes
from secdesk.accounts.factor_rules import allowed_methods
from secdesk.accounts.models import CodeSheet, SheetCode
from secdesk.accounts.models.factors import Method
from secdesk.accounts.services.factors import factor_changed
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.services import record
from secdesk.core.people.models import Person

CODES = 40
FEW_LEFT = 8  # from here on the desk asks to print a new sheet


def draw_codes() -> dict[str, str]:
    """Codes of a new sheet, each with its hash. Takes a second: call outside a transaction."""
    codes = [paper_codes.new_code(paper_codes.SHEET_LETTERS) for _ in range(CODES)]
    return {code: make_password(code) for code in codes}


def issue_sheet(person: Person, *, by: Person, drawn: dict[str, str] | None = None) -> tuple[CodeSheet, list[str]]:
    """A new sheet and its codes by number, shown this once; the sheet before it dies.

    `drawn` holds codes from `draw_codes`, for callers that issue the sheet inside a transaction. Raises
    PermissionDenied for people whose roles don't allow paper.
    """
    if Method.SHEET not in allowed_methods(person):
        raise PermissionDenied
    drawn = drawn or draw_codes()
    with transaction.atomic():
        factor_changed(person)  # first: locks the person before the sheet, as every writer of both does
        CodeSheet.objects.filter(person=person, ended_at__isnull=True).update(ended_at=timezone.now())
        sheet = CodeSheet.objects.create(person=person)
        SheetCode.objects.bulk_create(
            SheetCode(sheet=sheet, number=number, code_hash=code_hash)
            for number, code_hash in enumerate(drawn.values(), 1)
        )
        record(Event.FACTOR_ADDED, by=by, target=sheet, owner=person.pk, method="sheet")
    return sheet, [paper_codes.grouped(code) for code in drawn]


def next_code(person: Person) -> SheetCode | None:
    """The code the page asks for: the first on the sheet that is not crossed out."""
    unused = SheetCode.objects.filter(sheet__person=person, sheet__ended_at__isnull=True, used_at__isnull=True)
    return unused.order_by("number").first()


def codes_left(person: Person) -> int:
    """How many codes of the sheet are unused."""
    return SheetCode.objects.filter(sheet__person=person, sheet__ended_at__isnull=True, used_at__isnull=True).count()


def use_sheet(person: Person, typed: str) -> CodeSheet | None:
    """The sheet when the asked-for code was typed, the code burnt; one Argon2 check whatever happens."""
    code = next_code(person)
    if code is None or not check_password(paper_codes.clean(typed), code.code_hash):
        return None
    now = timezone.now()
    if SheetCode.objects.filter(pk=code.pk, used_at__isnull=True).update(used_at=now) != 1:
        return None
    CodeSheet.objects.filter(pk=code.sheet_id).update(last_used_at=now)
    return code.sheet
