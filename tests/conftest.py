"""Fixtures shared by all tests."""

from __future__ import annotations

import pytest

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
