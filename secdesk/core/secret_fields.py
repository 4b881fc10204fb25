"""Which posted fields are secrets: one rule for what is kept, shown again, or reported (architecture §4).

Where a form holds a password, none of it is kept or shown: its view says so by `holds_secrets`.
Elsewhere single fields are left out by name. A test holds every password input to this rule.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest, QueryDict
from django.views.decorators.debug import sensitive_post_parameters

View = TypeVar("View", bound=Callable[..., Any])
_NAMES = frozenset({"csrfmiddlewaretoken", "pin", "key", "answer_json", "first", "second", "old", "new", "again"})
_PARTS = ("password", "secret", "token", "code", "proof")


def holds_secrets(*names: str) -> Callable[[View], View]:
    """Declare that a view's form holds secrets: error reports leave out `names`, nothing of the form is kept or shown.

    The mark goes up through every decorator that uses functools.wraps.
    """

    def decorate(view: View) -> View:
        guarded = sensitive_post_parameters(*names)(view)
        guarded.holds_secrets = True  # type: ignore[attr-defined]
        return guarded

    return decorate


def is_secret(name: str) -> bool:
    """Whether a field of this name may hold a secret."""
    return name in _NAMES or any(part in name.lower() for part in _PARTS)


def open_fields(request: HttpRequest) -> QueryDict:
    """A copy of the posted fields without secrets; empty where the view's form holds any."""
    match = request.resolver_match
    if match is not None and getattr(match.func, "holds_secrets", False):
        return QueryDict(mutable=True)
    fields = request.POST.copy()
    for name in [name for name in fields if is_secret(name)]:
        del fields[name]
    return fields
