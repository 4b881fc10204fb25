"""Fixtures shared by all tests."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connections
from django.test import TransactionTestCase

from secdesk.core.ledger import guards
from secdesk.core.people.models import Person
from tests.cast import City, make_cast, make_city


@pytest.fixture
def city(db: None) -> City:
    """The departments of the tests' city."""
    return make_city()


@pytest.fixture
def cast(city: City) -> dict[str, Person]:
    """The whole cast by name."""
    return make_cast(city)


_django_teardown = TransactionTestCase._fixture_teardown


def _lift_guards_then_flush(case: Any) -> None:
    """Django empties the tables after a transactional test; the ledger's guards would refuse.

    The flush ends with `post_migrate`, which puts the guards back.
    """
    for alias in case._databases_names(include_mirrors=False):
        guards.lift(connections[alias])
    _django_teardown(case)


TransactionTestCase._fixture_teardown = _lift_guards_then_flush  # type: ignore[method-assign]
