"""Known, unknown, disabled and locked accounts take the same time (security.md A9).

Held is what the time consists of: password computations, commits and queries. No clock, which other work
on the machine would bend; `tests/bench/login.py` prints the wall clock's medians.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from secdesk.accounts.services import limits, passwords
from secdesk.core.people.models import Person
from tests.cast import City, make_person
from tests.settings import CheapHasher


class CountingHasher(CheapHasher):
    """Counts how often a password is computed."""

    computations = 0

    def encode(self, password: str, salt: str) -> str:
        CountingHasher.computations += 1
        return str(super().encode(password, salt))

    def verify(self, password: str, encoded: str) -> bool:
        CountingHasher.computations += 1
        return bool(super().verify(password, encoded))


@dataclass(frozen=True)
class Cost:
    """What one refusal takes."""

    computations: int
    commits: int
    queries: int


def cost(number: str) -> Cost:
    """Of one wrong password, in a browser of its own."""
    before = CountingHasher.computations
    with CaptureQueriesContext(connection) as seen:
        response = Client().post("/login/", {"number": number, "password": "a-wrong-password-1"})
    assert response.status_code == 200
    statements = [query["sql"] for query in seen.captured_queries]
    return Cost(CountingHasher.computations - before, statements.count("COMMIT"), len(statements))


@pytest.fixture
def strangers() -> list[str]:
    """Names that nobody has, each with a bucket of its own."""
    return list({limits.unknown(f"number:nobody{n}"): f"nobody{n}" for n in range(20)}.values())


@pytest.fixture
def people(transactional_db: None, city: City, settings: object, strangers: list[str]) -> None:
    """One in service, one not, one whose bucket is full; so is the bucket of the second stranger."""
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]  # type: ignore[attr-defined]
    make_person("known", "在 職", city.branch)
    make_person("off", "停 止", city.branch, disabled_at=timezone.now())
    make_person("locked", "多 数", city.branch)
    Person.objects.update(password=make_password("the-right-password-1"))
    for who in ("known", "off", strangers[0]):  # buckets exist, as in the second attempt of a guesser
        cost(who)
    for _ in range(limits.SHORT_LIMIT):
        limits.take("locked")
        limits.take(limits.unknown(f"number:{strangers[1]}"))


def test_refusals_take_the_same(people: None, strangers: list[str]) -> None:
    known = cost("known")
    assert known.computations == 1
    assert known.commits >= 2
    assert cost(strangers[0]) == cost("off") == known
    locked = cost("locked")
    assert cost(strangers[1]) == locked  # nor does the limit tell whether there is such a person
    assert (locked.computations, locked.commits) == (known.computations, known.commits)


def test_a_flood_of_unknown_names_changes_neither_computations_nor_commits(
    people: None, strangers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    known = cost("known")
    monkeypatch.setattr(limits, "ENTRIES", 1)
    unknown = cost(strangers[0])
    assert (unknown.computations, unknown.commits) == (known.computations, known.commits)


def test_the_hash_for_unknown_names_is_of_the_hasher_in_force(
    people: None, strangers: list[str], settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = []
    monkeypatch.setattr(passwords, "check_password", lambda typed, encoded: stored.append(encoded))
    cost(strangers[0])
    assert "m=8," in stored[0]
    settings.PASSWORD_HASHERS = ["secdesk.accounts.hashers.DeskArgon2Hasher"]  # type: ignore[attr-defined]
    cost(strangers[0])
    assert "m=19456," in stored[1]
