"""The clock of the ledger."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from secdesk.core.jobs import JobContext, job
from secdesk.core.ledger import outside
from secdesk.core.ledger.seal import seal


@job("ledger.seal", cron="* * * * *", title=_("Seal the ledger"))
def seal_ledger(context: JobContext) -> int:
    """Seal what is new and carry the checkpoints outside; returns how many entries were sealed.

    Seals nothing when the outside knows more than this database (OutsideAhead): the desk would sign
    a second history over the first. When the device outside is away, entries are sealed all the
    same, but the run fails, so that somebody looks; the next one catches up.
    """
    try:
        outside.refuse_rollback()
    except OSError:
        seal()
        raise
    sealed = seal()
    outside.publish()
    return sealed


@job("ledger.sweep", cron="40 3 * * *", title=_("Seal entries of very long transactions"))
def sweep_ledger(context: JobContext) -> int:
    """Look for unsealed entries of any age; the run of every minute looks at the last hours only."""
    return seal(everything=True)


@job("ledger.mail", cron="0 7 * * *", title=_("Mail the seal of the ledger"))
def mail_seal(context: JobContext) -> int:
    """Mail the newest checkpoint to who must keep it; the mail server and their mailboxes lie outside the desk."""
    return outside.mail()
