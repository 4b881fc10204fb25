"""Pages for what went wrong."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from secdesk.core.people.models import Person
from tests.login import log_in

pytestmark = [pytest.mark.urls("tests.home.error_urls"), pytest.mark.django_db]
TITLES = {
    400: ("送られた内容を読み取れませんでした", "What was sent could not be read"),
    403: ("あなたの役割では、この操作はできません", "You can&#x27;t do this with your role"),
    404: ("ページが見つかりません", "This page was not found"),
    409: ("別の人が少し先に変えました", "Somebody else was a little faster"),
    413: ("大きすぎて受け取れません", "This is too large to be received"),
    429: ("少し待ってください", "Please wait a little"),
    500: ("処理を終えられませんでした", "The desk could not finish this"),
}


@pytest.fixture
def visitor() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("status", TITLES)
@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("inside", [True, False])
def test_each_says_what_to_do_in_both_languages(
    visitor: Client, cast: dict[str, Person], status: int, language: str, inside: bool
) -> None:
    if inside:
        Person.objects.filter(number="clerk").update(language=language)
        log_in(visitor, cast["clerk"])
    else:
        visitor.cookies["language"] = language
    response = visitor.get(f"/fail/{status}/")
    html = response.content.decode()
    title = TITLES[status][0 if language == "ja" else 1]
    assert response.status_code == status
    assert title in html
    assert "SQL" not in html
    assert response["X-Request-Id"][:8].upper() in html
    assert ('class="modules"' in html) == (inside and status != 500)


def test_an_unknown_page_tells_no_more_than_a_forbidden_one(visitor: Client, cast: dict[str, Person]) -> None:
    log_in(visitor, cast["clerk"])
    absent = visitor.get("/no/such/page/").content.decode()
    assert "ページが見つかりません" in absent
    assert visitor.get("/no/such/page/").status_code == 404


@pytest.mark.parametrize("status", [403, 409, 500])
def test_what_was_typed_can_be_copied_and_secrets_are_not_shown(visitor: Client, status: int) -> None:
    text = "たいせつな長い文章を書いていました</textarea>"
    secret = dict.fromkeys(("new_password", "old", "new", "again", "key", "answer_json"), "not-for-the-screen-1")
    body = {"text": text, "form_token": "t" * 22} | secret
    html = visitor.post(f"/fail/{status}/", body).content.decode()
    assert "たいせつな長い文章を書いていました&lt;/textarea&gt;" in html
    assert "not-for-the-screen" not in html
    assert "t" * 22 not in html


def test_waiting_is_told_in_minutes(visitor: Client) -> None:
    response = visitor.get("/fail/429/")
    assert response["Retry-After"] == "180"
    assert "3分" in response.content.decode()


def test_the_refused_page_of_another_role(visitor: Client, cast: dict[str, Person]) -> None:
    log_in(visitor, cast["clerk"])
    response = visitor.get(reverse("core:people"))
    assert response.status_code == 403
    assert "あなたの役割では" in response.content.decode()
