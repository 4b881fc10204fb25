"""Nothing typed is lost, and nobody else sees it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

import pytest
import time_machine
from django import forms
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory

from incidents.models import Incident
from secdesk.accounts import kept_forms
from secdesk.accounts.factor_rules import needs_strong_factor
from secdesk.accounts.models import KeptForm
from secdesk.accounts.services.sessions import end_all_sessions
from secdesk.core.people.models import Person
from secdesk.core.secret_fields import is_secret
from tests.accounts import typing_urls
from tests.cast import PASSWORD
from tests.incidents.stories import bring_to, report
from tests.login import current_code, log_in

pytestmark = pytest.mark.urls("tests.accounts.typing_urls")

TEXT = "13時ごろ、大南支所の窓口で住民票を別の方に渡しました。" * 40
PAGE = "http://testserver/letter/"


@pytest.fixture(autouse=True)
def _nothing_sent() -> None:
    typing_urls.SENT.clear()


@pytest.fixture
def browser() -> Client:
    """A browser that must send the CSRF token, as real ones do."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(dt.datetime(2026, 12, 2, 1, 0, tzinfo=dt.UTC), tick=False) as traveller:
        yield traveller


def token_on(page: HttpResponse) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.content.decode())
    assert found
    return found[1]


def enter(browser: Client, person: Person, *, at: str = "/login/") -> HttpResponse:
    """Log in through the pages, CSRF token and all, and keep the page's `next`."""
    page = browser.get(at)
    form = page.content.decode().partition('action="/login/"')[2]
    found = re.search(r'name="next" value="([^"]*)"', form)
    fields = {"number": person.number, "password": PASSWORD, "csrfmiddlewaretoken": token_on(page)}
    browser.post("/login/", fields | ({"next": found[1].replace("&amp;", "&")} if found else {}))
    method = "token" if needs_strong_factor(person) else "totp"
    code = {"method": method, "code": current_code(person)}
    return browser.post("/login/second/", code | {"csrfmiddlewaretoken": token_on(browser.get("/login/second/"))})


def type_letter(browser: Client) -> dict[str, object]:
    """Open the page and fill it in, without sending."""
    token = token_on(browser.get("/letter/"))
    return {"title": "渡しまちがい", "letter": TEXT, "new_password": "hidden-9", "csrfmiddlewaretoken": token}


def send(browser: Client, fields: dict[str, object], url: str = "/letter/") -> HttpResponse:
    return browser.post(url, fields, headers={"Referer": PAGE})


def test_text_comes_back_after_the_session_expired(
    browser: Client, cast: dict[str, Person], clock: time_machine.Traveller
) -> None:
    enter(browser, cast["clerk"])
    fields = type_letter(browser)
    clock.shift(dt.timedelta(hours=12, minutes=1))
    fields["evidence"] = SimpleUploadedFile("map.png", b"x" * 300_000)
    response = send(browser, fields)
    assert response["Location"].startswith("/login/?next=%2Fletter%2F%3Fkept%3D")
    assert typing_urls.SENT == []
    back = enter(browser, cast["clerk"], at=response["Location"])["Location"]
    page = browser.get(back)
    assert TEXT in page.content.decode()
    assert "hidden-9" not in page.content.decode()
    again = {"title": "渡しまちがい", "letter": TEXT, "csrfmiddlewaretoken": token_on(page)}
    assert browser.post(back, again).status_code == 302
    assert typing_urls.SENT == [TEXT]
    assert not KeptForm.objects.exists()


@pytest.mark.parametrize("how", ["epoch", "logout", "cookie"])
def test_text_comes_back_however_the_session_ended(browser: Client, cast: dict[str, Person], how: str) -> None:
    enter(browser, cast["clerk"])
    fields = type_letter(browser)
    if how == "epoch":
        end_all_sessions(cast["clerk"], by=cast["clerk"], reason="test")
    elif how == "logout":
        browser.post("/logout/", {"csrfmiddlewaretoken": fields["csrfmiddlewaretoken"]})
    else:
        del browser.cookies["session"]
    back = enter(browser, cast["clerk"], at=send(browser, fields)["Location"])["Location"]
    assert TEXT in browser.get(back).content.decode()
    assert typing_urls.SENT == []


def test_text_comes_back_after_the_lock(
    browser: Client, cast: dict[str, Person], clock: time_machine.Traveller
) -> None:
    enter(browser, cast["clerk"])
    fields = type_letter(browser)
    clock.shift(dt.timedelta(minutes=31))
    lock = send(browser, fields)["Location"]
    assert lock.startswith("/lock/?next=")
    token = token_on(browser.get(lock))
    back = browser.post(lock, {"method": "password", "proof": PASSWORD, "csrfmiddlewaretoken": token})["Location"]
    assert TEXT in browser.get(back).content.decode()
    assert typing_urls.SENT == []


def test_old_csrf_token_of_the_same_person(browser: Client, cast: dict[str, Person]) -> None:
    enter(browser, cast["clerk"])
    fields = type_letter(browser)
    browser.post("/logout/", {"csrfmiddlewaretoken": fields["csrfmiddlewaretoken"]})  # in a second tab
    enter(browser, cast["clerk"])
    response = send(browser, fields)
    assert response.status_code == 302
    assert typing_urls.SENT == []
    assert TEXT in browser.get(response["Location"]).content.decode()


def test_another_person_on_the_same_browser_never_sees_it(browser: Client, cast: dict[str, Person]) -> None:
    enter(browser, cast["clerk"])
    fields = type_letter(browser)
    end_all_sessions(cast["clerk"], by=cast["clerk"], reason="test")
    back = enter(browser, cast["colleague"], at=send(browser, fields)["Location"])["Location"]
    assert KeptForm.objects.get().person == cast["clerk"]  # there is something that could be seen
    assert "kept=" in back
    assert TEXT not in browser.get(back).content.decode()
    assert send(browser, fields).status_code == 403  # the clerk's page still open in a tab
    assert TEXT not in browser.get("/letter/").content.decode()
    assert typing_urls.SENT == []


def test_a_page_that_knows_nothing_of_it_shows_the_text_for_copying(browser: Client, cast: dict[str, Person]) -> None:
    enter(browser, cast["clerk"])
    fields = type_letter(browser)
    end_all_sessions(cast["clerk"], by=cast["clerk"], reason="test")
    response = browser.post("/plain/", fields, headers={"Referer": "http://testserver/plain/?page=2"})
    back = enter(browser, cast["clerk"], at=response["Location"])["Location"]
    assert back.startswith("/plain/?page=2&kept=")
    assert TEXT in browser.get(back).content.decode()


def test_after_a_day_it_is_gone(browser: Client, cast: dict[str, Person], clock: time_machine.Traveller) -> None:
    enter(browser, cast["clerk"])
    fields = type_letter(browser)
    end_all_sessions(cast["clerk"], by=cast["clerk"], reason="test")
    login = send(browser, fields)["Location"]
    clock.shift(dt.timedelta(hours=24))
    assert TEXT not in browser.get(enter(browser, cast["clerk"], at=login)["Location"]).content.decode()


def test_nobodys_form_is_not_kept(browser: Client, cast: dict[str, Person]) -> None:
    response = send(browser, {"letter": TEXT, "csrfmiddlewaretoken": "a" * 64})
    assert response["Location"].startswith("/login/")
    assert "kept" not in response["Location"]
    enter(browser, cast["clerk"])
    assert send(browser, {"letter": TEXT, "csrfmiddlewaretoken": "a" * 64}).status_code == 403
    assert send(browser, {"letter": TEXT}).status_code == 403
    assert not KeptForm.objects.exists()


def test_a_copy_of_the_database_shows_no_text(browser: Client, cast: dict[str, Person]) -> None:
    enter(browser, cast["clerk"])
    fields = type_letter(browser)
    end_all_sessions(cast["clerk"], by=cast["clerk"], reason="test")
    token = send(browser, fields)["Location"].rpartition("%3D")[2]
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_keptform")
        seen = b"|".join(bytes(c) if isinstance(c, bytes | memoryview) else str(c).encode() for r in cursor for c in r)
    assert b"/letter/" in seen
    assert "大南支所".encode() not in seen
    assert token.encode() not in seen


def test_an_anonymous_flood_is_not_read(browser: Client, cast: dict[str, Person]) -> None:
    enter(browser, cast["clerk"])
    fields = type_letter(browser) | {"letter": "x" * 2_000_000}
    stranger = Client()
    assert "kept" not in send(stranger, fields)["Location"]


def test_polling_page_is_left_alone(browser: Client, cast: dict[str, Person]) -> None:
    enter(browser, cast["clerk"])
    end_all_sessions(cast["clerk"], by=cast["clerk"], reason="test")
    assert browser.get("/letter/", headers={"HX-Request": "true"}).status_code == 401
    fields = {"letter": TEXT}
    assert browser.post("/letter/", fields, headers={"HX-Request": "true"})["HX-Redirect"].startswith("/login/")


def test_log_in_helper_still_works(client: Client, cast: dict[str, Person]) -> None:
    log_in(client, cast["clerk"])
    assert client.get("/letter/").status_code == 200


# --- secrets -------------------------------------------------------------------------------------------


def test_passwords_typed_too_late_are_not_kept(
    browser: Client, cast: dict[str, Person], clock: time_machine.Traveller
) -> None:
    enter(browser, cast["clerk"])
    token = token_on(browser.get("/factors/password/"))
    fields = {"old": PASSWORD, "new": "a-new-secret-2027", "again": "a-new-secret-2027", "csrfmiddlewaretoken": token}
    clock.shift(dt.timedelta(minutes=16))
    where = {"Referer": "http://testserver/factors/password/"}
    response = browser.post("/factors/password/", fields, headers=where)
    assert response["Location"] == "/confirm/?next=%2Ffactors%2Fpassword%2F"
    end_all_sessions(cast["clerk"], by=cast["clerk"], reason="test")
    assert "kept" not in browser.post("/factors/password/", fields, headers=where)["Location"]
    assert not KeptForm.objects.exists()


def test_keys_numbers_and_answers_of_devices_are_not_kept(browser: Client, cast: dict[str, Person]) -> None:
    enter(browser, cast["clerk"])
    secret = dict.fromkeys(("key", "answer_json", "first", "second", "old", "new", "again"), "never-keep-this")
    fields = type_letter(browser) | secret
    end_all_sessions(cast["clerk"], by=cast["clerk"], reason="test")
    back = enter(browser, cast["clerk"], at=send(browser, fields)["Location"])["Location"]
    request = RequestFactory().get(back)
    kept = kept_forms.take(cast["clerk"], request.GET["kept"])
    assert kept
    assert kept[1].dict() == {"title": "渡しまちがい", "letter": TEXT}


def test_every_password_input_is_a_secret_field() -> None:
    names = {
        name
        for form in all_forms()
        for name, field in form.base_fields.items()
        if isinstance(field.widget, forms.PasswordInput)
    }
    for page in (settings.BASE_DIR / "templates").rglob("*.html"):
        for tag in re.findall(r"<input[^>]*type=\"password\"[^>]*>", page.read_text("utf-8")):
            names.update(re.findall(r' name="(\w+)"', tag))
    assert names >= {"password", "old", "new", "again", "proof"}
    assert [name for name in sorted(names) if not is_secret(name)] == []


def all_forms() -> Iterator[type[forms.Form]]:
    """Every form class of the desk."""
    waiting: list[type[forms.Form]] = [forms.Form]
    while waiting:
        form = waiting.pop()
        waiting.extend(form.__subclasses__())
        yield form


def test_a_kept_form_of_another_make_is_no_error(browser: Client, cast: dict[str, Person]) -> None:
    enter(browser, cast["clerk"])
    fields = type_letter(browser)
    end_all_sessions(cast["clerk"], by=cast["clerk"], reason="test")
    login = send(browser, fields)["Location"]
    row = KeptForm.objects.get()
    row.data = settings.KEY_RING.encrypt(b"not json", context=kept_forms.context_of(row.token_hash, row.person))
    row.save()
    back = enter(browser, cast["clerk"], at=login)["Location"]
    assert browser.get(back).status_code == 200
    assert browser.get("/").status_code == 200


# --- the desk's own pages ------------------------------------------------------------------------------


def test_report_comes_back(browser: Client, cast: dict[str, Person], clock: time_machine.Traveller) -> None:
    enter(browser, cast["clerk"])
    fields = {"kind": "sent", "what": TEXT, "when": "now", "about": ["residents"], "quiet": "on", "phone": "2345"}
    fields["csrfmiddlewaretoken"] = token_on(browser.get("/report/"))
    clock.shift(dt.timedelta(hours=13))
    response = browser.post("/report/", fields, headers={"Referer": "http://testserver/report/"})
    assert not Incident.objects.exists()
    back = enter(browser, cast["clerk"], at=response["Location"])["Location"]
    page = browser.get(back)
    assert page.status_code == 200
    text = page.content.decode()
    assert f">\n{TEXT}</textarea>" in text
    assert re.search(r'name="quiet"[^>]* checked', text)
    assert re.search(r'value="sent"[^>]* checked', text)
    form_token = re.search(r'name="form_token" value="([^"]+)"', text)
    assert form_token
    again = fields | {"form_token": form_token[1], "csrfmiddlewaretoken": token_on(page)}
    assert browser.post(back, again).status_code == 302
    assert Incident.objects.get().outline.startswith("13時ごろ")
    assert not KeptForm.objects.exists()


def test_a_line_of_the_timeline_comes_back(browser: Client, cast: dict[str, Person]) -> None:
    incident = bring_to(report(cast["clerk"]), "handling", by=cast["csirt"])
    enter(browser, cast["csirt"])
    page = browser.get(f"/incidents/{incident.pk}/")
    fields = {"line": "14:05 庁舎の入口を閉めた", "csrfmiddlewaretoken": token_on(page)}
    end_all_sessions(cast["csirt"], by=cast["csirt"], reason="test")
    where = f"http://testserver/incidents/{incident.pk}/"
    response = browser.post(f"/incidents/{incident.pk}/log/", fields, headers={"Referer": where})
    assert response["Location"].startswith(f"/login/?next=%2Fincidents%2F{incident.pk}%2F%3Fkept%3D")
    kept = KeptForm.objects.get()
    assert kept.person == cast["csirt"]
    assert kept.page == f"/incidents/{incident.pk}/"
    back = enter(browser, cast["csirt"], at=response["Location"])["Location"]
    assert 'value="14:05 庁舎の入口を閉めた"' in browser.get(back).content.decode()


def test_owner_finds_it_at_home_and_may_throw_it_away(browser: Client, cast: dict[str, Person]) -> None:
    enter(browser, cast["clerk"])
    fields = type_letter(browser)
    end_all_sessions(cast["clerk"], by=cast["clerk"], reason="test")
    send(browser, fields)
    other_pc = Client()
    log_in(other_pc, cast["clerk"])
    home = other_pc.get("/").content.decode()
    found = re.search(r'href="(/letter/\?kept=[^"]+)"', home)
    assert found
    assert TEXT in other_pc.get(found[1]).content.decode()
    log_in(colleague := Client(), cast["colleague"])
    assert "書いた内容が送信されていません" not in colleague.get("/").content.decode()
    token = found[1].partition("kept=")[2]
    colleague.post("/kept/forget/", {"kept": token})
    assert KeptForm.objects.count() == 1
    other_pc.post("/kept/forget/", {"kept": token})
    assert not KeptForm.objects.exists()


def test_a_flood_of_late_forms_keeps_the_newest_fifty(browser: Client, cast: dict[str, Person]) -> None:
    enter(browser, cast["clerk"])
    fields = type_letter(browser)
    end_all_sessions(cast["clerk"], by=cast["clerk"], reason="test")
    for _ in range(52):
        last = send(browser, fields)["Location"]
    assert KeptForm.objects.count() == 50
    assert TEXT in browser.get(enter(browser, cast["clerk"], at=last)["Location"]).content.decode()
