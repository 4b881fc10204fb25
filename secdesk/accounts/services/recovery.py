"""Recovery codes: ten look-up secrets of 140 bits, for the day the device is gone."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from secdesk.accounts import paper_codes
from secdesk.accounts.factor_rules import allowed_methods
from secdesk.accounts.models import RecoveryCode
from secdesk.accounts.models.factors import Method
from secdesk.accounts.services.factors import factor_changed
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.services import record
from secdesk.core.people.models import Person

CODES = 10
FEW_LEFT = 3


def issue_recovery_codes(person: Person, *, by: Person) -> list[str]:
    """Ten new codes, shown this once; unused older ones die. Raises PermissionDenied where paper is not enough."""
    if Method.RECOVERY not in allowed_methods(person):
        raise PermissionDenied
    codes = [paper_codes.new_code(paper_codes.RECOVERY_LETTERS) for _ in range(CODES)]
    with transaction.atomic():
        RecoveryCode.objects.filter(person=person).delete()
        RecoveryCode.objects.bulk_create(RecoveryCode(person=person, code_hash=_hashes(code)[0]) for code in codes)
        factor_changed(person)
        record(Event.RECOVERY_CODES_ISSUED, by=by, target=person, count=CODES)
    return [paper_codes.grouped(code) for code in codes]


def recovery_codes_left(person: Person) -> int:
    """How many codes are unused."""
    return RecoveryCode.objects.filter(person=person, used_at__isnull=True).count()


def use_recovery_code(person: Person, typed: str) -> RecoveryCode | None:
    """The code when it is one of the person's and unused; one look-up, one row changed."""
    code = RecoveryCode.objects.filter(person=person, code_hash__in=_hashes(paper_codes.clean(typed))).first()
    if code is None:
        return None
    spent = RecoveryCode.objects.filter(pk=code.pk, used_at__isnull=True).update(used_at=timezone.now())
    return code if spent == 1 else None


def _hashes(code: str) -> list[str]:
    keyed = settings.KEY_RING.keyed_hashes(code.encode(), purpose="recovery-codes")
    return [value.hex() for value in keyed]
