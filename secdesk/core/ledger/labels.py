"""Words for what entries speak of and for the facts they carry beside fields; others show their own name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from secdesk.core.people.roles import ROLE_NAMES

TARGETS = {
    "accounts.attestation": _("Attestation of a lost factor"),
    "accounts.codesheet": _("Code sheet"),
    "accounts.enrollee": _("Person"),
    "accounts.hardwaretoken": _("Hardware token"),
    "accounts.invitation": _("Invitation"),
    "accounts.passkey": _("Passkey"),
    "accounts.recoverycode": _("Recovery code"),
    "accounts.session": _("Session"),
    "accounts.totpcredential": _("Authenticator app"),
    "core.desk": _("Desk"),
    "core.jobrun": _("Job"),
    "core.outboxhold": _("Hold on outgoing mail"),
    "core.outboxmessage": _("Outgoing mail"),
    "core.person": _("Person"),
    "core.savedview": _("Saved view"),
    "core.task": _("Long work"),
    "incidents.incident": _("Incident"),
}

FACTS = {
    "at": pgettext_lazy("ledger fact", "time"),
    "attempts": pgettext_lazy("ledger fact", "attempts"),
    "basis": _("on what ground"),
    "count": _("number of items"),
    "decided_by": _("decided by"),
    "dropped": pgettext_lazy("ledger fact", "dropped"),
    "era": pgettext_lazy("ledger fact", "calendar"),
    "files": pgettext_lazy("ledger fact", "files"),
    "filters": _("conditions"),
    "first": pgettext_lazy("ledger fact", "first"),
    "first_index": _("first place in the tree"),
    "form": _("form"),
    "from_csirt": _("from the CSIRT"),
    "key": pgettext_lazy("ledger fact", "key"),
    "kind": _("kind"),
    "language": _("language"),
    "last": pgettext_lazy("ledger fact", "last"),
    "last_epoch": _("last epoch outside"),
    "last_root": _("last seal outside"),
    "last_size": _("last size outside"),
    "length": _("letters written"),
    "list": _("list"),
    "lost": _("what was lost"),
    "made_at": pgettext_lazy("ledger fact", "made"),
    "member": _("member"),
    "method": _("means of authentication"),
    "more": _("and more"),
    "name": _("name"),
    "new": pgettext_lazy("ledger fact", "new"),
    "now": _("now"),
    "number": _("number"),
    "owner": _("owner"),
    "page": _("page"),
    "phase": _("phase"),
    "ranges": _("places in the tree"),
    "reason": _("reason"),
    "renewed": pgettext_lazy("ledger fact", "renewed"),
    "rewritten": _("rewritten texts"),
    "role": _("role"),
    "rows": _("rows"),
    "size": pgettext_lazy("ledger fact", "size"),
    "slot": _("planned time"),
    "step": _("step"),
    "track": _("track"),
    "values": pgettext_lazy("ledger fact", "values"),
    "was": _("before"),
    "with_sheet": pgettext_lazy("ledger fact", "with a code sheet"),
}

_MEANS = {
    "code": _("recovery code"),
    "hardware": _("hardware token"),
    "lent": _("code lent for today"),
    "passkey": _("passkey"),
    "password": _("password"),
    "recovery": _("recovery code"),
    "sheet": _("code sheet"),
    "token": _("hardware token"),
    "totp": _("authenticator app"),
}

# Words for the codes that a fact may hold; others are shown as they are.
VALUES: Mapping[str, Mapping[Any, Any]] = {
    "language": {"ja": _("Japanese"), "en": _("English")},
    "method": _MEANS,
    "mode": {"demo": _("demo"), "production": _("production")},
    "role": {role.value: name for role, name in ROLE_NAMES.items()},
    "step": _MEANS,
}

PEOPLE = frozenset({"owner"})  # facts that hold the id of a person
