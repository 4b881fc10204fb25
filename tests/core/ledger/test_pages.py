"""The ledger's pages: who reads them, what is masked, how much they cost."""

from __future__ import annotations

import ast
import re
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from incidents.models import Incident
from incidents.services import life, sealing
from secdesk.core.ledger import guards, notes, outside
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.labels import FACTS
from secdesk.core.ledger.lists import LEDGER
from secdesk.core.ledger.models import LedgerEntry
from secdesk.core.ledger.seal import seal
from secdesk.core.ledger.selectors import disclose, history_of
from secdesk.core.people.models import Person
from tests.core.ledger.conftest import Outside
from tests.incidents.stories import report
from tests.login import log_in

Cast = dict[str, Person]
PAGE = "/ledger/"


def page(client: Client, query: str = "") -> str:
    """The list as the logged-in reader sees it."""
    response = client.get(PAGE + query)
    assert response.status_code == 200
    return response.content.decode() if not response.streaming else b"".join(response.streaming_content).decode()


@pytest.fixture
def sealed(cast: Cast) -> Incident:
    """An incident of which only its team knows."""
    incident = report(cast["clerk"])
    life.accept(incident, by=cast["csirt"])
    sealing.seal(incident, by=cast["csirt"], members=[cast["csirt2"]])
    incident.refresh_from_db()
    return incident


@pytest.fixture
def in_the_open(cast: Cast) -> Incident:
    """An ordinary incident."""
    return report(cast["other_clerk"])


def entries_of(incident: Incident) -> list[LedgerEntry]:
    return list(LedgerEntry.objects.filter(target_type="incidents.incident", target_id=incident.pk))


@pytest.mark.parametrize("who", ["admin", "audit_head", "office"])
def test_a_sealed_incident_is_masked_also_for_administrators(
    client: Client, cast: Cast, sealed: Incident, in_the_open: Incident, who: str
) -> None:
    canaries = (sealed.reference, cast["clerk"].name, cast["csirt2"].number)
    told = [str(disclose(entries_of(sealed), cast["csirt2"]))]
    assert all(canary in told[0] for canary in canaries), "the ledger holds what must not be shown"
    log_in(client, cast[who])
    for query in ("", "?event=incident.reported", "?event=incident.team_joined", "?format=csv"):
        text = page(client, query)
        assert not [canary for canary in canaries if canary in text], query
    assert page(client).count("非公開の対象") >= len(entries_of(sealed))


def test_filtering_by_a_person_tells_nothing_of_sealed_incidents(client: Client, cast: Cast, sealed: Incident) -> None:
    assert LedgerEntry.objects.filter(actor=f"person:{cast['clerk'].pk}").exists()
    log_in(client, cast["admin"])
    text = page(client, f"?who={cast['clerk'].number}")
    assert "この条件に合うものはありません" in text or "0件" in text
    assert "非公開の対象" not in text


def test_the_team_reads_its_own_history(cast: Cast, sealed: Incident) -> None:
    lines = history_of(sealed, cast["csirt2"])
    assert [line.entry.event for line in lines][-1] == Event.INCIDENT_REPORTED
    assert lines[-1].actor == f"{cast['clerk'].name} ({cast['clerk'].number})"
    assert history_of(sealed, cast["admin"]) == []
    assert history_of(sealed, cast["head"]) == []


def test_changes_are_told_in_words(cast: Cast, in_the_open: Incident) -> None:
    life.accept(in_the_open, by=cast["csirt"])
    newest = history_of(in_the_open, cast["csirt"])[0]
    assert newest.sentence == "報告を受け付けた" or newest.sentence
    change = next(change for change in newest.changes if change.before)
    assert change.before != change.after
    assert not re.fullmatch(r"[a-z_]+", change.after), "the code of a state instead of its word"


def test_the_export_of_a_reader_withholds_but_verifies(
    client: Client, cast: Cast, sealed: Incident, in_the_open: Incident, kept: Outside
) -> None:
    seal()
    outside.publish()
    log_in(client, cast["csirt_head"])
    response = client.post(reverse("core:ledger_export"))
    text = b"".join(response.streaming_content).decode()
    assert cast["clerk"].name not in text
    assert sealed.reference not in text
    assert in_the_open.reference in text
    file = kept.work / "export.jsonl"
    file.write_text(text, "utf-8")
    code, output = kept.run(file, kept.key, kept.folder)
    assert code == 0, output
    assert f"{len(entries_of(sealed))} entries withheld" in output
    exported = LedgerEntry.objects.get(event=Event.LEDGER_EXPORTED)
    assert exported.actor == f"person:{cast['csirt_head'].pk}"


def test_the_verifier_is_downloaded_as_it_stands(client: Client, cast: Cast, kept: Outside) -> None:
    log_in(client, cast["audit_head"])
    response = client.get(reverse("core:ledger_verifier"))
    assert response.content.startswith(b"#!/usr/bin/env python3")
    assert 'filename="verify_ledger.py"' in response["Content-Disposition"]


def test_seals_and_sheet(client: Client, cast: Cast, in_the_open: Incident, kept: Outside) -> None:
    log_in(client, cast["audit_head"])
    text = client.get(reverse("core:ledger_seals")).content.decode()
    assert notes.public_key() in text
    seal()
    first = client.get(reverse("core:ledger_sheet")).content.decode()
    assert "ledger/1" in first
    text = client.get(reverse("core:ledger_seals")).content.decode()
    assert "最新の封印はまだ外部に写されていません" in text
    outside.publish()
    assert "最新の封印は外部に保管されています" in client.get(reverse("core:ledger_seals")).content.decode()
    newest = outside.newest_note()
    assert newest is not None
    assert "".join(re.findall(r"<span>([0-9a-f]{4})</span>", first)) == newest.root
    assert client.get(reverse("core:ledger_sheet") + "?size=999999").status_code == 404
    assert client.get(reverse("core:ledger_sheet") + "?size=x").status_code == 200


def test_missing_guards_are_said(client: Client, cast: Cast) -> None:
    log_in(client, cast["audit_head"])
    warning = "変更を拒む設定が外れています"
    assert warning not in client.get(reverse("core:ledger_seals")).content.decode()
    guards.lift(connection)
    assert warning in client.get(reverse("core:ledger_seals")).content.decode()


@pytest.mark.parametrize("state", list(outside.State))
def test_what_is_wrong_with_the_copies_is_said(
    client: Client, cast: Cast, in_the_open: Incident, kept: Outside, settings: Any, state: outside.State
) -> None:
    seal()
    if state != outside.State.BEHIND:
        outside.publish()
    if state == outside.State.OFF:
        settings.SECDESK_CHECKPOINTS = ""
    if state == outside.State.AWAY:
        settings.SECDESK_CHECKPOINTS += "/absent"
    if state == outside.State.AHEAD:
        next(kept.folder.iterdir()).write_text(notes.sign(1, 1000, b"r" * 32), "utf-8")
    assert outside.state() == state
    log_in(client, cast["admin"])
    assert client.get(reverse("core:ledger_seals")).status_code == 200


def test_every_model_that_the_ledger_names_says_who_sees_it() -> None:
    named = [m for m in apps.get_models() if hasattr(m, "ledger_fields") or hasattr(m, "ledger_label")]
    assert len(named) > 5
    for model in named:
        has_door = hasattr(model._default_manager, "visible_to")
        assert has_door or hasattr(model, "ledger_open"), f"{model.__name__}: give it a door, or say ledger_open"


def test_every_fact_has_a_word() -> None:
    found = set()
    for package in ("secdesk", "incidents"):
        for file in sorted((settings.BASE_DIR / package).rglob("*.py")):
            calls = [node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call)]
            for call in calls:
                if getattr(call.func, "id", "") == "record":
                    found |= {word.arg for word in call.keywords if word.arg}
    assert found - {"by", "target", "before", "after"} <= set(FACTS), "add a word to core/ledger/labels.py"
    assert "length" in found


def test_what_happened_to_accounts_is_open_to_readers_of_the_ledger(client: Client, cast: Cast) -> None:
    log_in(client, cast["clerk"])
    credential = LedgerEntry.objects.filter(event=Event.FACTOR_ADDED)
    assert credential.exists()
    assert all(line.visible for line in disclose(list(credential), cast["admin"]))
    assert not any(line.visible for line in disclose(list(credential), cast["head"]))


@pytest.mark.parametrize("rows", [1, 3, 30])
def test_no_query_per_row(cast: Cast, rows: int, django_assert_num_queries: Any) -> None:
    incidents = [report(cast["clerk"]) for _ in range(rows)]
    life.accept(incidents[0], by=cast["csirt"])
    reader = Person.objects.get(pk=cast["csirt_head"].pk)
    assert reader.current_roles
    assert reader.current_postings
    entries = list(LedgerEntry.objects.order_by("-pk"))
    assert len(entries) > rows
    with django_assert_num_queries(2):  # one for the incidents, one for the details
        lines = disclose(entries, reader)
    assert all(line.visible for line in lines)


def test_the_list_pages_by_key_and_filters_by_day(client: Client, cast: Cast) -> None:
    for _ in range(60):
        report(cast["clerk"])
    log_in(client, cast["csirt_head"])
    first = page(client)
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    second = page(client, following[1].replace("&amp;", "&"))
    numbers = [re.findall(r'data-label="[^"]*">(\d+)</td>\s*</tr>', text) for text in (first, second)]
    assert len(numbers[0]) == LEDGER.page_size
    assert numbers[1]
    assert not set(numbers[0]) & set(numbers[1])
    assert not re.findall(r"<tbody>\s*<tr", page(client, "?at_from=2001-01-01&at_to=2001-01-02"))
