"""Seed files of hardware tokens: look first, then all or nothing."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from secdesk.accounts.models import HardwareToken
from secdesk.accounts.token_files import LineError, Seed, parse
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.services import record
from secdesk.core.people.models import Person

BATCH = 500


class ImportRefused(Exception):
    """The file has errors; nothing was written."""

    def __init__(self, errors: list[LineError]) -> None:
        super().__init__(f"{len(errors)} errors")
        self.errors = errors


@dataclass(frozen=True)
class DryRun:
    """What an import would do."""

    seeds: list[Seed]
    errors: list[LineError]

    @property
    def first(self) -> str:
        """Serial number of the first token."""
        return self.seeds[0].serial if self.seeds else ""

    @property
    def last(self) -> str:
        """Serial number of the last token."""
        return self.seeds[-1].serial if self.seeds else ""


def look_at(text: str, *, pre_shared_key: bytes = b"") -> DryRun:
    """Read a seed file without writing anything."""
    seeds, errors = parse(text, pre_shared_key=pre_shared_key)
    known = set(
        HardwareToken.objects.filter(serial__in=[seed.serial for seed in seeds]).values_list("serial", flat=True)
    )
    errors += [LineError(seed.line, _("This token is registered already.")) for seed in seeds if seed.serial in known]
    return DryRun(seeds, sorted(errors, key=lambda error: error.line))


def import_tokens(text: str, *, by: Person, pre_shared_key: bytes = b"") -> int:
    """Register all tokens of a seed file, or none; returns how many. Raises ImportRefused."""
    found = look_at(text, pre_shared_key=pre_shared_key)
    if found.errors:
        raise ImportRefused(found.errors)
    tokens = [_token(seed) for seed in found.seeds]  # sealed before the transaction begins
    with transaction.atomic():
        HardwareToken.objects.bulk_create(tokens, batch_size=BATCH)
        record(Event.TOKENS_IMPORTED, by=by, count=len(tokens), first=tokens[0].serial, last=tokens[-1].serial)
    return len(tokens)


def _token(seed: Seed) -> HardwareToken:
    token = HardwareToken(
        serial=seed.serial,
        kind=seed.kind,
        digest=seed.digest,
        digits=seed.digits,
        period=seed.period,
        last_step=seed.counter - 1 if seed.kind == "hotp" else -1,
    )
    token.seal(seed.secret)
    return token
