"""The ledger's pages in Chromium: wide and narrow, Japanese and English, without a finding of axe."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from incidents.services import life, sealing
from secdesk.core.ledger import outside
from secdesk.core.ledger.seal import seal
from secdesk.core.people.models import Person
from tests.browser.conftest import NARROW, WIDE, Desk
from tests.incidents.stories import report


@pytest.fixture
def told(transactional_db: None, cast: dict[str, Person], tmp_path: Any, settings: Any) -> dict[str, Person]:
    """Some history: an open and a sealed incident, seals outside."""
    settings.SECDESK_CHECKPOINTS = str(tmp_path)
    incident = report(cast["clerk"])
    life.accept(incident, by=cast["csirt"])
    hidden = report(cast["other_clerk"])
    life.accept(hidden, by=cast["csirt"])
    sealing.seal(hidden, by=cast["csirt"], members=[cast["csirt2"]])
    seal()
    outside.publish()
    return cast


@pytest.mark.parametrize("language", ["ja", "en"])
def test_pages_of_the_ledger(desk: Desk, told: dict[str, Person], language: str) -> None:
    reader = told["csirt_head"]
    Person.objects.filter(pk=reader.pk).update(language=language)
    desk.log_in(reader)
    for name in ("ledger", "ledger_seals", "ledger_sheet"):
        for size in (WIDE, NARROW):
            desk.page.set_viewport_size(size)
            desk.open(reverse(f"core:{name}"))
            desk.shot(f"{name}-{size['width']}-{language}")
            assert not desk.scrolls_sideways(), (name, size)
            assert desk.accessibility() == []
    desk.page.set_viewport_size(WIDE)


def test_an_auditor_finds_verifies_and_exports(desk: Desk, told: dict[str, Person]) -> None:
    desk.log_in(told["audit_head"])
    page = desk.open(reverse("core:ledger"))
    assert page.get_by_text("非公開の対象").count() > 3
    page.get_by_role("link", name="封印と検証").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="記録台帳を書き出す").click()
    assert waiting.value.suggested_filename.endswith(".jsonl")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="検証プログラムをダウンロード").click()
    assert waiting.value.suggested_filename == "verify_ledger.py"
    page.get_by_role("link", name="封印値シートを印刷").click()
    assert page.get_by_role("heading", name="記録台帳 封印値シート").is_visible()
