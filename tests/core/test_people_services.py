"""Roles are given; sessions end."""

from __future__ import annotations

from secdesk.core.people.models import Person
from secdesk.core.people.roles import Role
from secdesk.core.people.services import assign_role


def test_every_role_raises_the_epoch_as_it_stands(cast: dict[str, Person]) -> None:
    """Another change since `person` was read: an epoch written from memory would revive ended sessions."""
    person = cast["clerk"]
    Person.objects.filter(pk=person.pk).update(session_epoch=7)
    assign_role(person, Role.VIEWER, by=None)
    assert Person.objects.get(pk=person.pk).session_epoch == 8
