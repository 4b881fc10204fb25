"""Words for what entries speak of and for the facts they carry beside fields; others show their own name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from secdesk.core.people.roles import ROLE_NAMES

TARGETS = {
    "accounts.session": _("Session"),
    "accounts.totpcredential": _("Authenticator app"),
    "core.desk": _("Desk"),
    "core.jobrun": _("Job"),
    "core.person": _("Person"),
    "core.savedview": _("Saved view"),
    "incidents.incident": _("Incident"),
}

FACTS = {
    "basis": _("on what ground"),
    "before": _("before"),
    "count": _("number of items"),
    "decided_by": _("decided by"),
    "filters": _("conditions"),
    "first_index": _("first place in the tree"),
    "form": _("form"),
    "from_csirt": _("from the CSIRT"),
    "kind": _("kind"),
    "language": _("language"),
    "last_epoch": _("last epoch outside"),
    "last_root": _("last seal outside"),
    "last_size": _("last size outside"),
    "length": _("letters written"),
    "list": _("list"),
    "lost": _("what was lost"),
    "member": _("member"),
    "method": _("means of authentication"),
    "more": _("and more"),
    "name": _("name"),
    "now": _("now"),
    "number": _("number"),
    "owner": _("owner"),
    "page": _("page"),
    "phase": _("phase"),
    "ranges": _("places in the tree"),
    "reason": _("reason"),
    "rewritten": _("rewritten texts"),
    "role": _("role"),
    "rows": _("rows"),
    "slot": _("planned time"),
    "step": _("step"),
    "track": _("track"),
    "was": _("before"),
    "whole": _("whole ledger"),
    "withheld": _("entries withheld"),
}

_MEANS = {
    "code": _("recovery code"),
    "hardware": _("hardware token"),
    "passkey": _("passkey"),
    "password": _("password"),
    "recovery": _("recovery code"),
    "sheet": _("code sheet"),
    "totp": _("authenticator app"),
}

# Words for the codes that a fact may hold; others are shown as they are.
VALUES: Mapping[str, Mapping[Any, Any]] = {
    "language": {"ja": _("Japanese"), "en": _("English")},
    "method": _MEANS,
    "role": {role.value: name for role, name in ROLE_NAMES.items()},
    "step": _MEANS,
}

PEOPLE = frozenset({"owner"})  # facts that hold the id of a person
