"""The access door: who may see and do what. Everything that reads or acts goes through here (a law).

1. An app names its permissions in a StrEnum and their holders in a table, and registers both.
2. A guarded model says on its QuerySet which *branches* of rows a person reaches (`branches`).
3. A view says who may call it: @public, @pending, @signed_in, @requires, @requires_on.
   A middleware refuses every view that says nothing.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self, TypeVar
from urllib.parse import urlencode

from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db import models
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from guardian.models import UserObjectPermissionBase

from secdesk.core.people.models import Person
from secdesk.core.people.roles import Role

View = Callable[..., HttpResponse]
M = TypeVar("M", bound=models.Model)

# --- permissions and their holders -------------------------------------------------------------

_holders: dict[StrEnum, frozenset[Role]] = {}


def register(holders: Mapping[Any, frozenset[Role]]) -> None:
    """Make an app's permissions known, from its `AppConfig.ready()`."""
    _holders.update(holders)


def registered() -> Mapping[StrEnum, frozenset[Role]]:
    """All permissions with the roles that hold them, for the roles page and tests."""
    return dict(_holders)


@dataclass(frozen=True)
class Scope:
    """Where a person holds a permission: everywhere, or in these departments and bureaus (ids)."""

    everywhere: bool = False
    sections: frozenset[int] = frozenset()
    bureaus: frozenset[int] = frozenset()
    organs: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return self.everywhere or bool(self.sections or self.bureaus or self.organs)


def scope(person: Any, perm: StrEnum) -> Scope:
    """Where `person` holds `perm` today, from dated roles alone; no further query in one request."""
    if not isinstance(person, Person) or not person.is_active:
        return Scope()
    roles = _holders[perm]
    if Role.STAFF in roles and person.current_postings:
        return Scope(everywhere=True)
    if getattr(person, "limited_to_staff", False):  # 「今日だけ忘れた」: nothing beyond staff
        return Scope()
    sections: set[int] = set()
    bureaus: set[int] = set()
    organs: set[int] = set()
    for row in person.current_roles:
        if row.role not in roles:
            continue
        if row.department is None:
            return Scope(everywhere=True)
        if row.role == Role.LINK:
            organs.add(row.department.organ_id)
        elif row.role == Role.BUREAU:
            bureaus.add(row.department.bureau_id or row.department.pk)
        else:
            sections.add(row.department.pk)
    return Scope(False, frozenset(sections), frozenset(bureaus), frozenset(organs))


def holds(person: Any, perm: StrEnum) -> bool:
    """Whether the person holds the permission anywhere."""
    return bool(scope(person, perm))


# --- grants on single objects ------------------------------------------------------------------


class Grant(UserObjectPermissionBase):
    """Base of a model's grant table: one person, one permission, one object (guardian, direct FK)."""

    class Meta(UserObjectPermissionBase.Meta):
        abstract = True


def granted(grant_model: type[Any], person: Person, codename: str) -> Q:
    """Condition: the person was granted `codename` on the row itself."""
    rows = grant_model._default_manager.filter(user=person, permission__codename=codename)
    return Q(pk__in=rows.values("content_object_id"))


def grant(grant_model: type[Any], codename: str, person: Person, obj: models.Model) -> None:
    """Give a grant; for services, which record it."""
    grant_model._default_manager.assign_perm(codename, person, obj)


def withdraw(grant_model: type[Any], codename: str, person: Person, obj: models.Model) -> None:
    """Take a grant back; for services, which record it."""
    grant_model._default_manager.remove_perm(codename, person, obj)


# --- the door ------------------------------------------------------------------------------------


class GuardedQuerySet(models.QuerySet[M]):
    """Rows behind the door. A model's own subclass says in `branches` which rows a person reaches."""

    view_permission: StrEnum

    def branches(self, person: Any, perm: StrEnum) -> list[Q]:
        """Conditions whose union is what `person` may do `perm` on; empty = nothing.

        Each narrow branch starts with an indexed column (department, own, granted) so that lists
        can walk one index per branch; see core/lists.py.
        """
        raise NotImplementedError

    def allowed(self, person: Any, perm: StrEnum) -> Self:
        """Rows on which `person` may do `perm`."""
        branches = self.branches(person, perm)
        return self.filter(functools.reduce(operator.or_, branches)) if branches else self.none()

    def visible_to(self, person: Any) -> Self:
        """Rows the person may see."""
        return self.allowed(person, self.view_permission)

    def permissions_on(self, person: Any, pk: int, perms: Iterable[StrEnum]) -> frozenset[StrEnum]:
        """Which of `perms` the person holds on one row, in one query; for the buttons of its page."""
        found = {perm: self.branches(person, perm) for perm in perms}
        named = {f"may_{n}": perm for n, (perm, branches) in enumerate(found.items()) if branches}
        if not named:
            return frozenset()
        tests = {
            name: models.Case(
                models.When(functools.reduce(operator.or_, found[perm]), then=models.Value(True)),
                default=models.Value(False),
                output_field=models.BooleanField(),
            )
            for name, perm in named.items()
        }
        row = self.filter(pk=pk).annotate(**tests).values(*tests).first() or {}
        return frozenset(perm for name, perm in named.items() if row.get(name))

    def get_for(self, person: Any, perm: StrEnum, **lookup: Any) -> M:
        """The one row: 404 for who may not see it, 403 for who may see it but not do `perm`."""
        obj = self.visible_to(person).filter(**lookup).first()
        if obj is None and perm == self.view_permission:
            raise Http404
        if perm != self.view_permission:
            acted = self.allowed(person, perm).filter(**lookup).first()
            if acted is None:
                raise PermissionDenied if obj is not None else Http404
            obj = acted
        assert obj is not None
        return obj


# --- declaring the access of a view --------------------------------------------------------------


@dataclass(frozen=True)
class Access:
    """What a view declares; `check` raises or redirects, and may add to the view's arguments."""

    kind: str
    permission: StrEnum | None = None
    model: type[models.Model] | None = None


def _declare(view: View, access: Access) -> View:
    view.access = access  # type: ignore[attr-defined]
    return view


def public(view: View) -> View:
    """Anybody, without log-in: the log-in page itself, health, first steps."""
    return _declare(view, Access("public"))


def pending(view: View) -> View:
    """Steps between password and second factor, and enrolment: these views check their own marker."""
    return _declare(view, Access("pending"))


def signed_in(view: View) -> View:
    """Everybody who passed both factors and has a posting or a role."""
    return _declare(view, Access("signed_in"))


def requires(perm: StrEnum) -> Callable[[View], View]:
    """People who hold `perm` anywhere."""
    return lambda view: _declare(view, Access("requires", perm))


def requires_on(model: type[models.Model], perm: StrEnum) -> Callable[[View], View]:
    """People who may do `perm` on the object of the URL: `<model>_id` becomes the fetched `<model>`."""

    def decorate(view: View) -> View:
        name = str(model._meta.model_name)

        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            pk = kwargs.pop(f"{name}_id")
            obj = model._default_manager.get_for(request.user, perm, pk=pk)  # type: ignore[attr-defined]
            kwargs[name] = obj
            return view(request, *args, **kwargs)

        return _declare(guarded, Access("requires_on", perm, model))

    return decorate


def dangerous(view: View) -> View:
    """Only soon after a factor was shown: for views of the ground floor, which knows no factors.

    The floor above asks for it (accounts/middleware.py); views above this floor use its `recent_sign_in`.
    Stands under the declaration of access.
    """
    view.is_dangerous = True  # type: ignore[attr-defined]
    return view


class AccessMiddleware:
    """Refuses before CSRF reads the body (a law): undeclared views, strangers, missing permissions."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Django's hook: None lets the view answer."""
        access = getattr(view, "access", None)
        if access is None:
            raise ImproperlyConfigured(f"{view.__module__}.{view.__qualname__} declares no access")
        if access.kind in ("public", "pending"):
            return None
        if not request.user.is_authenticated:
            target = request.get_full_path() if request.method == "GET" else "/"
            return HttpResponseRedirect(f"{resolve_url('accounts:login')}?{urlencode({'next': target})}")
        person = request.user
        if not (person.current_postings or person.current_roles):
            raise PermissionDenied
        if access.kind == "requires" and not holds(person, access.permission):
            raise PermissionDenied
        return None
