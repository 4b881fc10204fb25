"""The walk: every URL of the resolver, every one of the cast (docs/architecture.md §3.5)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from secdesk.core.people.models import Person
from tests.cast import OUTSIDE, PASSWORD, make_cast, make_city
from tests.login import enrol, log_in
from tests.objects import UrlObjects

pytestmark = pytest.mark.once

MATRIX = Path(__file__).with_name("access_matrix.txt")
GROUPS = {
    "@csirt": "csirt csirt2 csirt_head",
    "@oversight": "ciso deputy_ciso chief privacy",
    "@admins": "admin admin2",
    "@section": "head helper other_head",
    "@bureau": "bureau_head other_bureau_head",
    "@guests": "adviser external_auditor contractor",  # a role, but no posting
}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
REFUSED = frozenset({403, 404})
NO_SUCH_METHOD = 405


# --- the URLs -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Url:
    """One entry of the resolver."""

    name: str
    arguments: tuple[str, ...]
    access: Any

    def path(self, objects: UrlObjects) -> str:
        """Its address, with an object for each id."""
        return reverse(self.name, kwargs={name: objects.value(self.name, name) for name in self.arguments})


def walk(resolver: URLResolver, namespace: str = "") -> Iterator[Url]:
    """Every pattern under `resolver`."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from walk(pattern, f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace)
            continue
        assert isinstance(pattern, URLPattern)
        arguments = tuple(sorted(pattern.pattern.converters))
        yield Url(f"{namespace}{pattern.name}", arguments, getattr(pattern.callback, "access", None))


URLS = {url.name: url for url in walk(get_resolver())}


# --- the matrix -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One line of the matrix."""

    name: str
    method: str
    statuses: dict[str, int]
    otherwise: int | None

    def status(self, who: str) -> int:
        """What `who` gets."""
        status = self.statuses.get(who, self.otherwise)
        assert status is not None, f"{self.name} {self.method}: the line says nothing of {who}"
        return status


def parse(line: str) -> Row:
    """`core:people GET 200 admin office; 403 *`."""
    name, method, rest = line.split(maxsplit=2)
    assert method in METHODS, line
    statuses: dict[str, int] = {}
    otherwise = None
    for part in rest.split(";"):
        status, *who = part.split()
        for word in who:
            if word == "*":
                otherwise = int(status)
                continue
            for one in GROUPS.get(word, word).split():
                assert one not in statuses, f"{one} twice in: {line}"
                statuses[one] = int(status)
    return Row(name, method, statuses, otherwise)


LINES = [line for line in MATRIX.read_text("utf-8").splitlines() if line.strip() and not line.startswith("#")]
ROWS = [parse(line) for line in LINES]


def test_matrix_names_every_url_and_nothing_else() -> None:
    names = {row.name for row in ROWS}
    assert not set(URLS) - names, "add a line to tests/access_matrix.txt for each"
    assert not names - set(URLS), "these lines name no URL"


@pytest.mark.skipif(
    "PROPOSE_MATRIX" not in os.environ, reason="writes proposals: PROPOSE_MATRIX=1 pytest -s -k propose"
)
def test_propose_lines_for_new_urls(cast: dict[str, Person]) -> None:
    """Print what everybody gets at URLs that have no line yet; to be judged, not just copied."""
    objects = UrlObjects(cast)
    new = [url for name, url in URLS.items() if name not in {row.name for row in ROWS}]
    paths = {url.name: url.path(objects) for url in new}
    got: dict[tuple[str, str], dict[int, list[str]]] = {}
    for who in INSIDE:
        client = Client()
        log_in(client, cast[who])
        for url in new:
            for method in ("GET", "POST"):
                status = ask(client, method, paths[url.name]).status_code
                got.setdefault((url.name, method), {}).setdefault(status, []).append(who)
    for (name, method), statuses in sorted(got.items()):
        *few, (most, _everybody) = sorted(statuses.items(), key=lambda item: len(item[1]))
        print(f"{name} {method} " + "; ".join([*(f"{status} {' '.join(who)}" for status, who in few), f"{most} *"]))


def test_matrix_is_sorted_and_says_each_thing_once() -> None:
    assert sorted(LINES) == LINES
    keys = [(row.name, row.method) for row in ROWS]
    assert len(keys) == len(set(keys))


def test_matrix_names_only_the_cast(cast: dict[str, Person]) -> None:
    inside = set(cast) - OUTSIDE
    for row in ROWS:
        assert set(row.statuses) <= inside, row
        assert row.otherwise is not None or set(row.statuses) == inside, row


@pytest.mark.parametrize("url", URLS.values(), ids=URLS)
def test_every_view_declares_its_access(url: Url) -> None:
    assert url.access is not None, "say @public, @pending, @signed_in, @requires or @requires_on on the view"
    if url.access.kind == "requires_on":
        assert f"{url.access.model._meta.model_name}_id" in url.arguments
    ids = [name for name in url.arguments if name.endswith("_id")]
    assert len(ids) <= 1, "one object id per URL"
    if ids and url.access.kind not in ("public", "pending"):
        assert url.access.kind == "requires_on", "an id in the URL is fetched through the door"


# --- requests that leave nothing behind -------------------------------------------------------------


@contextmanager
def undone() -> Iterator[None]:
    """Whatever the request writes is rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def ask(client: Client, method: str, path: str, **environ: Any) -> HttpResponse:
    """One request, as this session, that changes neither the database nor the session's cookies."""
    copy = Client(raise_request_exception=True)
    copy.cookies.load({name: morsel.value for name, morsel in client.cookies.items()})
    with undone():
        return copy.generic(method, path, **environ)  # type: ignore[return-value]


def leads_to_login(response: HttpResponse) -> bool:
    """Whether the answer is nothing but the way to the log-in page."""
    return response.status_code == 302 and response["Location"].split("?")[0] == reverse("accounts:login")


def is_told_to_log_in(response: HttpResponse) -> bool:
    """How a script in a page is told: an empty answer that sends the page to log-in, or a bare 401."""
    to_login = response.headers.get("HX-Redirect", "").split("?")[0] == reverse("accounts:login")
    return not response.content and (response.status_code == 401 or (response.status_code == 204 and to_login))


INSIDE = ("clerk", "colleague", "other_clerk", "helper", "head", "other_head", "bureau_head", "other_bureau_head",
          "system_owner", "system_staff", "csirt", "csirt2", "csirt_head", "office", "chief", "ciso", "deputy_ciso",
          "adviser", "committee", "audit_head", "auditor", "external_auditor", "privacy", "pr", "personnel", "link",
          "viewer", "contractor", "admin", "admin2")  # fmt: skip


def test_the_whole_cast_plays(db: None) -> None:
    assert set(make_cast(make_city())) == set(INSIDE) | OUTSIDE


# A few play at every landing, all of them in the whole suite.
OFTEN = {"clerk", "head", "csirt", "admin", "external_auditor"}
PLAYERS = [who if who in OFTEN else pytest.param(who, marks=pytest.mark.slow) for who in INSIDE]


@pytest.mark.parametrize("who", PLAYERS)
def test_matrix_holds(who: str, client: Client, cast: dict[str, Person]) -> None:
    objects = UrlObjects(cast)
    paths = {row.name: URLS[row.name].path(objects) for row in ROWS}
    log_in(client, cast[who])
    wrong = []
    for row in ROWS:
        expected = row.status(who)
        got = ask(client, row.method, paths[row.name]).status_code
        if got != expected:
            wrong.append(f"{row.name} {row.method}: {who} gets {got}, the matrix says {expected}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
@pytest.mark.parametrize("who", ["clerk", "other_head", "csirt", "admin", "external_auditor", "contractor"])
def test_no_method_gives_more(who: str, client: Client, cast: dict[str, Person]) -> None:
    objects = UrlObjects(cast)
    paths = {row.name: URLS[row.name].path(objects) for row in ROWS}
    log_in(client, cast[who])
    by_name: dict[str, set[int]] = {}
    for row in ROWS:
        by_name.setdefault(row.name, set()).add(row.status(who))
    closed = [name for name, statuses in by_name.items() if statuses <= REFUSED]
    assert closed
    for name in closed:
        for method in METHODS:
            got = ask(client, method, paths[name]).status_code
            assert got in REFUSED | {NO_SUCH_METHOD}, f"{name} {method}: {who} gets {got}"


# --- those who stay outside -------------------------------------------------------------------------

GUARDED = [url for url in URLS.values() if url.access and url.access.kind not in ("public", "pending")]


def test_anonymous_is_sent_to_log_in(client: Client, cast: dict[str, Person]) -> None:
    objects = UrlObjects(cast)
    assert GUARDED
    for url in GUARDED:
        for method in METHODS:
            assert leads_to_login(ask(client, method, url.path(objects))), f"{url.name} {method}"


SPELLINGS: dict[str, Any] = {
    "plain": lambda path: {},
    "double slash": lambda path: {"PATH_INFO": "/" + path},
    "upper case": lambda path: {"PATH_INFO": path.upper()},
    "suffix": lambda path: {"PATH_INFO": path.rstrip("/") + ".json"},
    "no slash": lambda path: {"PATH_INFO": path.rstrip("/") or "/"},
    "dot": lambda path: {"PATH_INFO": "/." + path},
    "override": lambda path: {"HTTP_X_HTTP_METHOD_OVERRIDE": "POST"},
    "htmx": lambda path: {"HTTP_HX_REQUEST": "true"},
    "ajax": lambda path: {"HTTP_X_REQUESTED_WITH": "XMLHttpRequest", "HTTP_ACCEPT": "application/json"},
}
OTHER_ADDRESSES = {"double slash", "upper case", "suffix", "no slash", "dot"}


def test_a_password_alone_opens_nothing(client: Client, cast: dict[str, Person]) -> None:
    person = cast["csirt"]
    enrol(person)
    answer = client.post(reverse("accounts:login"), {"number": person.number, "password": PASSWORD})
    assert answer["Location"] == reverse("accounts:second_factor")
    assert client.get(reverse("accounts:second_factor")).status_code == 200  # the session does hold the marker
    objects = UrlObjects(cast)
    paths = {url.name: url.path(objects) for url in GUARDED}
    for url in GUARDED:
        for spelling, change in SPELLINGS.items():
            for method in METHODS:
                answer = ask(client, method, paths[url.name], **change(paths[url.name]))
                moved = answer.status_code == 301 and answer["Location"].rstrip("/") == paths[url.name].rstrip("/")
                nowhere = moved or answer.status_code == 404  # the spelling is no address of ours
                shut = leads_to_login(answer) or is_told_to_log_in(answer)
                assert shut or (nowhere and spelling in OTHER_ADDRESSES), (url.name, method, spelling)


def test_a_stranger_gets_403_or_404(client: Client, cast: dict[str, Person]) -> None:
    log_in(client, cast["stranger"])
    objects = UrlObjects(cast)
    for url in GUARDED:
        for method in METHODS:
            got = ask(client, method, url.path(objects)).status_code
            assert got in REFUSED, f"{url.name} {method}: {got}"


@pytest.mark.parametrize("who", ["disabled", "left"])
def test_who_is_out_does_not_get_in(who: str, client: Client, cast: dict[str, Person]) -> None:
    enrol(cast[who])
    data = {"number": cast[who].number, "password": PASSWORD}
    assert client.post(reverse("accounts:login"), data).status_code == 200
    assert leads_to_login(client.get(reverse("home:home")))


def test_before_the_first_factor_nothing_opens(client: Client, cast: dict[str, Person]) -> None:
    person = cast["colleague"]
    client.post(reverse("accounts:login"), {"number": person.number, "password": PASSWORD})
    objects = UrlObjects(cast)
    for url in GUARDED:
        for method in METHODS:
            assert leads_to_login(ask(client, method, url.path(objects))), f"{url.name} {method}"
