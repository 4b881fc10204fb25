"""What may enter the outbox, and how it reads."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.db import transaction
from django.template import TemplateDoesNotExist
from pytest_django import DjangoAssertNumQueries

from incidents.permissions import IncidentPerm
from secdesk.core.outbox.models import OutboxMessage
from secdesk.core.outbox.sending import compose, target_for
from secdesk.core.outbox.services import enqueue, enqueue_to_each
from secdesk.core.people.models import Person
from tests.incidents.stories import report


def test_belongs_to_a_transaction(transactional_db: None) -> None:
    person = Person.objects.create(number="1", name="x")
    with pytest.raises(RuntimeError):
        enqueue("test", to=person, dedupe_key="a")


def test_goes_with_its_transaction(transactional_db: None) -> None:
    person = Person.objects.create(number="1", name="x")
    with transaction.atomic():
        enqueue("test", to=person, dedupe_key="a")
        transaction.set_rollback(True)
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db
class TestEnqueue:
    def test_the_same_key_is_the_same_mail(self, cast: dict[str, Person]) -> None:
        first = enqueue("test", to=cast["clerk"], dedupe_key="a")
        again = enqueue("test", to=cast["head"], dedupe_key="a")
        assert (again.pk, again.person) == (first.pk, cast["clerk"])
        assert OutboxMessage.objects.count() == 1

    def test_one_statement_tells_everybody_once(
        self, cast: dict[str, Person], django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        people = [cast["csirt"], cast["csirt2"], cast["csirt_head"]]
        enqueue_to_each("test", to=people[:1], dedupe_key="a")
        with django_assert_num_queries(1):
            enqueue_to_each("test", to=people, dedupe_key="a")
        assert set(OutboxMessage.objects.values_list("person", "dedupe_key")) == {
            (person.pk, f"a:{person.pk}") for person in people
        }

    @pytest.mark.parametrize("value", ["sato@city.example.jp", "長い" * 80, "二行\nある", 1.5, ["list"]])
    def test_no_addresses_and_no_free_text(self, cast: dict[str, Person], value: object) -> None:
        with pytest.raises(ValueError, match="reference"):
            enqueue("test", to=cast["clerk"], dedupe_key="a", context={"reference": value})  # type: ignore[dict-item]

    def test_a_target_has_a_door(self, cast: dict[str, Person]) -> None:
        with pytest.raises(TypeError):
            enqueue("test", to=cast["clerk"], dedupe_key="a", target=cast["head"])

    def test_the_kind_has_a_text(self, cast: dict[str, Person]) -> None:
        with pytest.raises(TemplateDoesNotExist):
            enqueue("no_such_mail", to=cast["clerk"], dedupe_key="a")

    def test_reads_in_the_language_of_its_reader(self, cast: dict[str, Person]) -> None:
        message = enqueue("test", to=cast["clerk"], dedupe_key="a")
        mail = compose(message, None)
        assert mail.subject == "情報セキュリティデスクの試験メール"
        assert mail.to == ["clerk@city.example.jp"]
        cast["clerk"].language = "en"
        message.person = cast["clerk"]
        assert compose(message, None).subject == "Test mail of the Information Security Desk"

    def test_the_link_leads_to_the_desk_or_to_a_given_page(self, cast: dict[str, Person]) -> None:
        message = enqueue("test", to=cast["csirt"], dedupe_key="a")
        assert f"{settings.SECDESK_URL}/\n" in compose(message, None).body
        message = enqueue("test", to=cast["csirt"], dedupe_key="b", path="/somewhere/")
        assert f"{settings.SECDESK_URL}/somewhere/\n" in compose(message, None).body

    def test_the_link_leads_to_the_target(self, cast: dict[str, Person]) -> None:
        incident = report(cast["clerk"])
        message = enqueue("test", to=cast["csirt"], dedupe_key="a", target=incident)
        assert f"{settings.SECDESK_URL}{incident.get_absolute_url()}\n" in compose(message, target_for(message)).body

    def test_a_secret_is_kept_encrypted(self, cast: dict[str, Person]) -> None:
        message = enqueue("test", to=cast["clerk"], dedupe_key="a", secret="kagi-1234-kagi")
        assert message.secret is not None
        assert b"kagi-1234" not in bytes(message.secret)
        assert "kagi" not in str(OutboxMessage.objects.values())

    def test_a_permission_of_its_own(self, cast: dict[str, Person]) -> None:
        incident = report(cast["clerk"], quiet=True)
        own = enqueue("test", to=cast["clerk"], dedupe_key="a", target=incident, permission=IncidentPerm.OWN_REPORT)
        assert target_for(own) == incident
        assert target_for(enqueue("test", to=cast["clerk"], dedupe_key="b", target=incident)) is None
