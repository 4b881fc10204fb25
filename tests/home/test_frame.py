"""The frame around every page, home, display settings, language."""

import datetime as dt

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from secdesk.core import todo
from secdesk.core.ledger.models import LedgerEntry
from secdesk.core.people.models import Person
from secdesk.core.templatetags.desk import day, days_left, due_class, moment
from tests.login import log_in

NOON = dt.datetime(2026, 12, 1, 3, 0, tzinfo=dt.UTC)


def things(person: Person) -> list[todo.Todo]:
    """What waits for the clerk in these tests."""
    if person.number != "clerk":
        return []
    return [
        todo.Todo("No date", "/c", "Do"),
        todo.Todo("Later", "/b", "Do", due=dt.date(2026, 12, 11)),
        todo.Todo("Soon", "/a", "Do", due=dt.date(2026, 12, 2), note="note of it"),
    ]


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(todo, "_sources", [])
    todo.register(things)
    todo.register(things)


@pytest.mark.django_db
def test_home_lists_what_is_due_nearest_first(client: Client, cast: dict[str, Person], registry: None) -> None:
    with time_machine.travel(NOON, tick=False):
        log_in(client, cast["clerk"])
        html = client.get("/").content.decode()
    assert "あなたがすること 3件" in html
    assert html.index("Soon") < html.index("Later") < html.index("No date")
    assert "12月2日(水)" in html
    assert "あと1日" in html


@pytest.mark.django_db
def test_home_says_when_nothing_waits(client: Client, cast: dict[str, Person], registry: None) -> None:
    log_in(client, cast["colleague"])
    html = client.get("/").content.decode()
    assert "今、あなたを待っているものはありません" in html
    assert "Soon" not in html


@pytest.mark.django_db
def test_every_module_link_of_everybody_opens(client: Client, cast: dict[str, Person]) -> None:
    for name in ("clerk", "head", "csirt", "office", "admin", "ciso", "contractor"):
        log_in(client, cast[name])
        links = _links(client)
        assert links[0] == "/"
        assert len(links) == len(set(links))
        for url in links:
            assert client.get(url, follow=True).status_code == 200, (name, url)


def _links(client: Client) -> list[str]:
    html = client.get("/").content.decode()
    nav = html[html.index('<nav class="modules"') :]
    nav = nav[: nav.index("</nav>")]
    return [part.split('"')[0] for part in nav.split('<a href="')[1:]]


@pytest.mark.django_db
def test_display_settings_are_kept_and_recorded(client: Client, cast: dict[str, Person]) -> None:
    log_in(client, cast["clerk"])
    response = client.post(reverse("home:display"), {"language": "en", "era": "japanese"}, follow=True)
    assert "Pages are now shown as you chose." in response.content.decode()
    assert "Reiwa" in response.content.decode()
    person = Person.objects.get(number="clerk")
    assert (person.language, person.era) == ("en", "japanese")
    assert LedgerEntry.objects.filter(event="display.changed", actor=f"person:{person.pk}").count() == 1


@pytest.mark.django_db
def test_display_settings_refuse_what_is_not_offered(client: Client, cast: dict[str, Person]) -> None:
    log_in(client, cast["clerk"])
    response = client.post(reverse("home:display"), {"language": "fr", "era": "japanese"})
    assert response.status_code == 422
    assert 'href="#id_language_0"' in response.content.decode()
    assert Person.objects.get(number="clerk").language == "ja"


@pytest.mark.django_db
def test_the_language_changes_before_log_in(client: Client) -> None:
    assert "ログイン" in client.get(reverse("accounts:login")).content.decode()
    back = reverse("accounts:login") + "?next=/display/"
    response = client.post(reverse("home:language"), {"language": "en", "next": back})
    assert response["Location"] == back
    assert "Log in" in client.get(reverse("accounts:login")).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_the_language_switch_leads_nowhere_else(client: Client, target: str) -> None:
    response = client.post(reverse("home:language"), {"language": "en", "next": target})
    assert response["Location"] == "/"


@time_machine.travel(NOON, tick=False)
def test_days_stand_with_weekday_and_days_left() -> None:
    assert day(dt.date(2026, 12, 4)) == "12月4日(金)"
    assert day(dt.date(2027, 1, 4)) == "2027年1月4日(月)"
    assert day(dt.date(2026, 12, 4), "year") == "2026年12月4日(金)"
    assert moment(dt.datetime(2026, 12, 4, 4, 40, tzinfo=dt.UTC)) == "12月4日(金) 13:40"
    assert days_left(dt.date(2026, 12, 4)) == "あと3日"
    assert days_left(dt.date(2026, 12, 1)) == "今日"
    assert days_left(dt.date(2026, 11, 30)) == "1日超過"
    assert days_left(dt.date(2026, 11, 27), "target") == "目安を経過"
    assert days_left(dt.datetime(2026, 12, 1, 8, 15, tzinfo=dt.UTC)) == "あと5時間15分"


@time_machine.travel(NOON, tick=False)
def test_only_a_real_limit_is_ever_over() -> None:
    assert due_class(dt.date(2026, 12, 11)) == "due"
    assert due_class(dt.date(2026, 12, 4)) == "due due-soon"
    assert due_class(dt.date(2026, 11, 30)) == "due due-over"
    assert due_class(dt.date(2026, 11, 30), "target") == "due due-soon"


@pytest.mark.django_db
def test_answers_tell_caches_that_htmx_gets_another_one(client: Client) -> None:
    assert "HX-Request" in client.get(reverse("accounts:login"))["Vary"]
