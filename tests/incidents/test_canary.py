"""C3: what stands in a sealed incident is seen by its team, and by nobody else on any page (security.md)."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from incidents.models import Incident
from incidents.services import sealing, work
from secdesk.core.people.models import Person
from tests.incidents.stories import report
from tests.login import log_in
from tests.objects import UrlObjects
from tests.test_access import INSIDE, URLS, ask

pytestmark = pytest.mark.once

WORD = "カナリア蘭丸"
TEAM = ("csirt", "csirt_head")  # csirt2 has left the team
PATHS_WITH_SEARCH = ("?q={word}", "?q={reference}", "?format=csv", "?format=csv&q={word}", "?format=xlsx", "?mark=all")


@dataclass
class Canary:
    """The sealed incident and the texts that must not be seen."""

    incident: Incident

    @property
    def tell_tales(self) -> list[str]:
        """The word, its reference, its address."""
        return [WORD, self.incident.reference, f"/incidents/{self.incident.pk}/"]


def seal_one(cast: dict[str, Person]) -> Canary:
    """Reported by the clerk without telling the head; sealed from its first row."""
    incident = report(cast["clerk"], f"{WORD}が名簿を持ち出した。", quiet=True)
    work.log_line(incident, f"{WORD}に電話", by=cast["csirt"], happened_at=incident.reported_at)
    work.send_message(incident, f"{WORD}の件", by=cast["csirt"], from_csirt=True)
    incident.refresh_from_db()
    sealing.remove_member(incident, cast["csirt2"], by=cast["csirt"])
    return Canary(incident)


@pytest.fixture
def canary(cast: dict[str, Person]) -> Canary:
    """The sealed one, and a plain one beside it."""
    assert not report(cast["other_clerk"], "会議の資料を置き忘れた。").sealed
    return seal_one(cast)


def text_of(response: Any) -> str:
    """Body and headers as text; a workbook's sheets and strings too."""
    body = b"".join(response) if response.streaming else response.content
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as book:
            body = b"".join(book.read(name) for name in book.namelist())
    return body.decode("utf-8", "replace") + str(dict(response.headers))


def pages(client: Client, canary: Canary, objects: UrlObjects) -> dict[str, str]:
    """Every GET page of the desk with its text; each list's export, search and marks besides."""
    found = {}
    for url in URLS.values():
        if url.access.kind == "public" and "log" in url.name:
            continue
        path = url.path(objects)
        queries = [""]
        if url.name.endswith((":list", ":people")):
            queries += [query.format(word=WORD, reference=canary.incident.reference) for query in PATHS_WITH_SEARCH]
        for query in queries:
            response = ask(client, "GET", path.split("?")[0], QUERY_STRING=quote(query.removeprefix("?"), safe="=&"))
            found[path + query] = text_of(response)
    return found


def with_the_canary(canary: Canary, cast: dict[str, Person]) -> UrlObjects:
    """URLs of the canary wherever a URL names an incident."""
    objects = UrlObjects(cast)
    objects.made["incident_id"] = canary.incident.pk
    return objects


def without_own_words(text: str, path: str) -> str:
    """The page without what the asker typed: the search box and the addresses repeat it."""
    return text if WORD not in path else text.replace(WORD, "")


@pytest.mark.parametrize("who", TEAM)
def test_the_team_sees_it(who: str, client: Client, cast: dict[str, Person], canary: Canary) -> None:
    log_in(client, cast[who])
    shown = pages(client, canary, with_the_canary(canary, cast))
    assert WORD in shown["/incidents/"]
    assert WORD in shown["/incidents/?format=csv"]
    assert WORD in shown[f"/incidents/{canary.incident.pk}/"]
    assert canary.incident.reference in shown[f"/incidents/?q={WORD}"]


def test_the_reporter_sees_the_own_words_alone(client: Client, cast: dict[str, Person], canary: Canary) -> None:
    log_in(client, cast["clerk"])
    shown = pages(client, canary, with_the_canary(canary, cast))
    assert WORD in shown[f"/reports/{canary.incident.pk}/"]
    assert f"{WORD}に電話" not in "".join(shown.values())
    assert WORD not in shown[f"/incidents/{canary.incident.pk}/"]


OUTSIDERS = [who for who in INSIDE if who not in (*TEAM, "clerk")]
OFTEN = {"head", "csirt2", "admin", "ciso"}


@pytest.mark.parametrize(
    "who", [who if who in OFTEN else pytest.param(who, marks=pytest.mark.slow) for who in OUTSIDERS]
)
def test_nobody_else_does(who: str, client: Client, cast: dict[str, Person], canary: Canary) -> None:
    log_in(client, cast[who])
    shown = pages(client, canary, with_the_canary(canary, cast))
    assert len(shown) > 20
    for path, text in shown.items():
        for tell_tale in canary.tell_tales:
            if tell_tale not in path:  # what somebody typed into the address is repeated to them
                assert tell_tale not in without_own_words(text, path), f"{path} shows {tell_tale} to {who}"


def counts(html: str) -> list[str]:
    """Figures of the list page: on the tab, in the pager, beside the export."""
    return re.findall(r"<b>([\d,]+)|count-plain\">([\d,]+)|meta\">[^<]*?([\d,]+)", html)


@pytest.mark.parametrize("who", ["head", "ciso", "privacy"])
def test_counts_do_not_tell(who: str, client: Client, cast: dict[str, Person]) -> None:
    report(cast["clerk"])
    log_in(client, cast[who])
    before = counts(client.get("/incidents/").content.decode())
    assert before
    seal_one(cast)
    assert counts(client.get("/incidents/").content.decode()) == before
