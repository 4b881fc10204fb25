"""Three real web processes on one database: codes that work once, strangers who can't lock the owner out."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from secdesk.accounts import totp
from tests.accounts.nodes import ORIGIN, Browser, nodes
from tests.authenticator import Authenticator
from tests.cast import PASSWORD
from tests.processes import Installation, installation

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
POSTS = 50

PEOPLE = """
import json
from tests.cast import make_city, make_person
from secdesk.accounts.services import recovery, sheets
city = make_city()
people = [make_person(f"p{n}", "佐藤 美咲", city.branch) for n in range(4)]
print(json.dumps({
    "sheet": sheets.issue_sheet(people[0], by=people[0])[1][0],
    "recovery": recovery.issue_recovery_codes(people[1], by=people[1])[0],
}))
"""
APPS = """
import hashlib
from secdesk.accounts.models import TotpCredential
from secdesk.core.people.models import Person
person = Person.objects.get(number="%s")
for n in range(%d):
    app = TotpCredential(person=person, name=str(n))
    app.seal(hashlib.sha256(str(n).encode()).digest()[:20])
    app.save()
"""
USED = """
from secdesk.core.ledger.models import LedgerEntry
print(LedgerEntry.objects.filter(event="login.succeeded").count())
"""
RACE = """
import threading, time
from django.db import connection
from secdesk.core.people.models import Person
from secdesk.accounts.services.totp_codes import use_totp
from secdesk.accounts.services.sheets import use_sheet
from secdesk.accounts.services.recovery import use_recovery_code
wins = []
def go():
    person = Person.objects.get(number="{number}")
    time.sleep(max(0, {start} - time.time()))
    if {function}(person, "{code}") is not None:
        wins.append(1)
    connection.close()
threads = [threading.Thread(target=go) for _ in range(17)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(len(wins))
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None) -> Iterator[Installation]:
    with installation(tmp_path_factory.mktemp("nodes"), SECDESK_MODE="demo", SECDESK_URL=ORIGIN) as made:
        yield made


@pytest.fixture(scope="module")
def codes(desk: Installation) -> dict[str, str]:
    found: dict[str, str] = json.loads(desk.python(PEOPLE))
    desk.python(APPS % ("p2", 1))
    desk.python(APPS % ("p3", 101))  # one for each log-in: a step of an app is spent once
    return found


def app_code(number: int) -> str:
    secret = hashlib.sha256(str(number).encode()).digest()[:20]
    return totp.code_at(secret, totp.step_at(time.time()))


def passed_password(port: int, number: str) -> Browser:
    browser = Browser(port)
    browser.get("/login/")
    browser.post("/login/", number=number, password=PASSWORD)
    assert browser.place == "/login/second/", number
    browser.get(browser.place)
    return browser


WHO = {"sheet": "p0", "recovery": "p1", "totp": "p2"}


@pytest.mark.parametrize("method", ["sheet", "recovery", "totp"])
def test_fifty_posts_of_one_code_are_one_success(desk: Installation, codes: dict[str, str], method: str) -> None:
    before = int(desk.python(USED))
    with nodes(desk, 3) as ports:
        browsers = [passed_password(ports[n % 3], WHO[method]) for n in range(POSTS)]
        code = codes[method] if method in codes else app_code(0)
        gate = threading.Barrier(POSTS)

        def post(browser: Browser) -> None:
            gate.wait()
            browser.post("/login/second/", method=method, code=code)

        with ThreadPoolExecutor(POSTS) as pool:
            list(pool.map(post, browsers))
        assert [browser.is_inside() for browser in browsers].count(True) == 1
    assert int(desk.python(USED)) - before == 1


@pytest.mark.parametrize(
    ("function", "method"), [("use_sheet", "sheet"), ("use_recovery_code", "recovery"), ("use_totp", "totp")]
)
def test_without_the_limit_a_code_is_spent_once(
    tmp_path_factory: pytest.TempPathFactory, function: str, method: str
) -> None:
    """The limit alone would hide a race: 51 calls in 3 processes straight at the service."""
    with installation(tmp_path_factory.mktemp("race"), SECDESK_MODE="demo") as desk:
        found = json.loads(desk.python(PEOPLE))
        desk.python(APPS % ("p2", 1))
        start = time.time() + 6
        code = found.get(method) or totp.code_at(hashlib.sha256(b"0").digest()[:20], totp.step_at(start))
        script = RACE.format(number=WHO[method], start=start, function=function, code=code)
        with ThreadPoolExecutor(3) as pool:
            wins = list(pool.map(lambda _: int(desk.python(script)), range(3)))
    assert sum(wins) == 1, wins


@pytest.mark.hard
def test_the_owner_gets_in_while_strangers_guess(desk: Installation, codes: dict[str, str]) -> None:
    """Ten guesses a second; the owner logs in 100 times with password and app, 100 times with a passkey."""
    with nodes(desk, 3) as ports:
        owner = passed_password(ports[0], "p3")
        owner.post("/login/second/", method="totp", code=app_code(100))
        device = registered_passkey(owner, desk)
        stop, guesses = threading.Event(), []
        thread = threading.Thread(target=guess, args=(ports, stop, guesses))
        thread.start()
        try:
            by_password = sum(password_login(ports[n % 3], owner.cookies["device"], n) for n in range(100))
            by_passkey = sum(passkey_login(ports[n % 3], device.but(counter=n + 10)) for n in range(100))
        finally:
            stop.set()
            thread.join()
    rate = len(guesses) / (max(guesses) - min(guesses))
    print(f"{by_password}/100 by password and app, {by_passkey}/100 by passkey, {rate:.1f} guesses a second")
    assert (by_password, by_passkey) == (100, 100)
    assert rate >= 9.5


def guess(ports: list[int], stop: threading.Event, guesses: list[float]) -> None:
    """Ten a second, each from a browser of its own with a forged address."""

    def one(number: int) -> float:
        stranger = Browser(ports[number % 3])
        stranger.get("/login/")
        assert stranger.post("/login/", number="p3", password=f"wrong-{number}")[0] == 200
        return time.monotonic()

    began, running = time.monotonic(), []
    with ThreadPoolExecutor(20) as pool:
        while not stop.wait(max(0, began + len(running) / 10 - time.monotonic())):
            running.append(pool.submit(one, len(running)))
        for guessed in running:
            guesses.append(guessed.result())  # a guess that did not reach the server is no guess


def password_login(port: int, device: str, number: int) -> bool:
    browser = Browser(port)
    browser.cookies["device"] = device
    browser.get("/login/")
    browser.post("/login/", number="p3", password=PASSWORD)
    browser.get("/login/second/")
    browser.post("/login/second/", method="totp", code=app_code(number))
    return browser.is_inside()


def registered_passkey(owner: Browser, desk: Installation) -> Authenticator:
    handle = desk.python("from secdesk.core.people.models import Person; print(Person.objects.get(number='p3').handle)")
    import uuid

    device = Authenticator(ORIGIN, "localhost", handle=uuid.UUID(handle).bytes)
    owner.get("/factors/passkeys/add/")
    asked = json.loads(owner.post("/factors/passkeys/add/options/")[1])
    status, text = owner.post("/factors/passkeys/add/", name="key", answer_json=device.create(asked))
    assert status == 302, text
    return device


def passkey_login(port: int, device: Authenticator) -> bool:
    browser = Browser(port)  # an unknown one
    browser.get("/login/")
    asked = json.loads(browser.post("/login/passkey/options/")[1])
    browser.post("/login/passkey/", answer_json=device.get(asked))
    return browser.is_inside()
