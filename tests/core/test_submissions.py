"""One form makes one thing, and of two texts none is lost."""

from __future__ import annotations

import datetime as dt
import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from secdesk.core.people.models import Organ, Person
from secdesk.core.submissions.comparison import marked
from secdesk.core.submissions.jobs import sweep
from secdesk.core.submissions.models import Submission
from tests.login import log_in

pytestmark = pytest.mark.urls("tests.core.submission_urls")
TOKEN = "a" * 22
BODY = {"form_token": TOKEN, "code": "x", "name": "最初の文", "regime": "own"}


@pytest.fixture
def clerk(client: Client, cast: dict[str, Person]) -> Client:
    log_in(client, cast["clerk"])
    return client


def organs() -> int:
    return Organ.objects.exclude(code__in=("mayor", "board")).count()


def hidden(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, name
    return found[1]


@pytest.mark.django_db
def test_the_same_form_sent_again_leads_to_what_it_made(clerk: Client) -> None:
    first = clerk.post("/make/", BODY)
    assert (first.status_code, organs()) == (302, 1)
    again = clerk.post("/make/", BODY)
    assert again["Location"] == first["Location"]
    assert organs() == 1


@pytest.mark.django_db
def test_another_text_with_the_same_token_is_shown_beside_the_first(clerk: Client) -> None:
    made = clerk.post("/make/", BODY)["Location"]
    answer = clerk.post("/make/", BODY | {"name": "最初の<b>別の文", "kinds": ["a", "c"]})
    html = answer.content.decode()
    assert (answer.status_code, organs()) == (409, 1)
    assert "最初の文" in html
    assert "最初の<ins>&lt;b&gt;別の</ins>文" in html
    assert "甲" in html
    assert f'href="{made}"' in html
    assert '<th scope="row" class="strong">記号</th>' not in html  # what is the same is not shown


@pytest.mark.django_db
def test_the_second_text_can_be_sent_as_another_one(clerk: Client) -> None:
    clerk.post("/make/", BODY)
    html = clerk.post("/make/", BODY | {"name": "別の文"}).content.decode()
    fresh = {"form_token": hidden(html, "form_token"), "code": hidden(html, "code"), "name": hidden(html, "name")}
    assert fresh["form_token"] != TOKEN
    assert fresh["name"] == "別の文"
    assert clerk.post("/make/", fresh).status_code == 302
    assert organs() == 2


@pytest.mark.django_db
def test_only_success_spends_a_token(clerk: Client) -> None:
    assert clerk.post("/make/", BODY | {"name": ""}).status_code == 200
    with pytest.raises(forms.ValidationError):
        clerk.post("/make/", BODY | {"code": "fails"})
    assert (organs(), Submission.objects.count()) == (0, 0)
    assert clerk.post("/make/", BODY).status_code == 302
    assert organs() == 1


@pytest.mark.django_db
def test_a_form_with_errors_keeps_its_token(clerk: Client) -> None:
    fresh = hidden(clerk.get("/make/").content.decode(), "form_token")
    html = clerk.post("/make/", BODY | {"form_token": fresh, "name": ""}).content.decode()
    assert hidden(html, "form_token") == fresh
    assert 'href="#id_name"' in html


@pytest.mark.django_db
def test_a_token_belongs_to_its_person(clerk: Client, cast: dict[str, Person]) -> None:
    clerk.post("/make/", BODY)
    log_in(clerk, cast["colleague"])
    assert clerk.post("/make/", BODY).status_code == 302
    assert organs() == 2


@pytest.mark.django_db
def test_files_count_as_part_of_the_form(clerk: Client) -> None:
    def body(name: str) -> dict[str, Any]:
        return BODY | {"file": SimpleUploadedFile(name, b"x")}

    assert clerk.post("/make/", body("a.txt")).status_code == 302
    assert clerk.post("/make/", body("a.txt")).status_code == 302
    assert clerk.post("/make/", body("b.txt")).status_code == 409
    assert organs() == 1


@pytest.mark.django_db
def test_what_was_sent_is_not_readable_in_the_database(clerk: Client) -> None:
    clerk.post("/make/", BODY | {"name": "himitsu-text"})
    row = Submission.objects.get()
    assert b"himitsu-text" not in bytes(row.body)
    assert TOKEN not in row.token_hash


@pytest.mark.django_db(transaction=True)
def test_ten_clicks_at_once_make_one_row(client: Client, cast: dict[str, Person]) -> None:
    log_in(client, cast["clerk"])
    start = Barrier(10)

    def click() -> tuple[int, str]:
        try:
            window = Client()
            window.cookies = client.cookies.copy()  # type: ignore[attr-defined]
            start.wait()
            answer = window.post("/make/", BODY)
            return answer.status_code, answer["Location"]
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        answers = {job.result() for job in [pool.submit(click) for _ in range(10)]}
    assert len(answers) == 1
    assert answers.pop()[0] == 302
    assert organs() == 1


@pytest.mark.django_db
def test_spent_tokens_are_forgotten_after_two_days(clerk: Client) -> None:
    clerk.post("/make/", BODY)
    sweep(None)  # type: ignore[arg-type]
    assert Submission.objects.count() == 1
    with time_machine.travel(timezone.now() + dt.timedelta(days=3)):
        sweep(None)  # type: ignore[arg-type]
    assert Submission.objects.count() == 0


MINE = {
    "version": "7",
    "code": "7",
    "name": "文字情報を消してから、二人で点検する。",
    "regime": "appi",
    "kinds": ["a", "b"],
    "at_date": "2026-12-04",
    "at_time": "13:40",
}


@pytest.mark.django_db
def test_two_editors_see_both_texts(clerk: Client) -> None:
    answer = clerk.post("/edit/", MINE)
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "河野 沙織" in html
    assert "<ins>文字情報を消してから、</ins>二人で点検する。" in html
    assert "第5章" in html
    assert "条例" in html
    assert hidden(html, "version") == "8"
    assert hidden(html, "code") == "7"


@pytest.mark.django_db
def test_the_chosen_text_can_be_saved(clerk: Client) -> None:
    html = clerk.post("/edit/", MINE).content.decode()
    assert '<input type="radio" name="at" value="2026-12-04 13:40" checked>' in html
    assert '<input type="radio" name="agency" value="true">' in html
    chosen = {"version": "8", "code": "7", "name": "二人で点検する。", "regime": "appi", "agency": "true",
              "kinds": ["a", "b", "c"], "at": "2026-12-04 13:40"}  # fmt: skip
    saved = clerk.post("/edit/", chosen).content.decode()
    assert "'agency': True" in saved
    assert "'kinds': ['a', 'b', 'c']" in saved
    assert "datetime.datetime(2026, 12, 4, 13, 40" in saved


def test_marks_escape_what_people_wrote() -> None:
    assert marked("a<script>", "a") == "a<ins>&lt;script&gt;</ins>"
    assert marked("一\n二", "一") == "一<ins><br>二</ins>"
