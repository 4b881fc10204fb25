"""Sending, against a real SMTP server: nothing lost, nothing to those who may not, doubles only with one Message-ID."""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone

from incidents.models import Incident
from incidents.services.sealing import seal
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.models import LedgerDetails, LedgerEntry
from secdesk.core.ledger.services import SystemActor
from secdesk.core.outbox.models import OutboxHold, OutboxMessage
from secdesk.core.outbox.sending import GIVE_UP_AFTER, due, send_due
from secdesk.core.outbox.services import enqueue, hold_outbox, queue_failed_again, release_outbox
from secdesk.core.people.models import Person, Posting, RoleAssignment
from tests.incidents.stories import CANARY, report
from tests.outbox.mail_server import MailServer, mail_server
from tests.processes import free_port, installation, wait_until

Status = OutboxMessage.Status


@pytest.fixture
def smtp(settings: Any) -> Iterator[MailServer]:
    with mail_server() as (server, port):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        yield server


def mail_to(person: Person, key: str = "a", **fields: Any) -> OutboxMessage:
    with transaction.atomic():
        return enqueue("test", to=person, dedupe_key=key, **fields)


def later(minutes: float) -> Any:
    return time_machine.travel(timezone.now() + dt.timedelta(minutes=minutes))


@pytest.mark.django_db
class TestSending:
    def test_a_mail_goes_once(self, smtp: MailServer, cast: dict[str, Person]) -> None:
        message = mail_to(cast["clerk"], secret="kagi")
        assert send_due() == 1
        assert send_due() == 0
        message.refresh_from_db()
        assert (message.status, message.address, message.secret) == (Status.SENT, "clerk@city.example.jp", None)
        assert smtp.ids() == [message.message_id]
        assert smtp.taken[0]["Auto-Submitted"] == "auto-generated"
        assert LedgerEntry.objects.filter(event=Event.MAIL_SENT, target_id=message.pk).count() == 1

    def test_the_address_is_the_one_at_sending_time(self, smtp: MailServer, cast: dict[str, Person]) -> None:
        mail_to(cast["clerk"])
        Person.objects.filter(pk=cast["clerk"].pk).update(email="new@city.example.jp")
        send_due()
        assert smtp.taken[0]["To"] == "new@city.example.jp"

    def test_many_go_over_one_connection(self, smtp: MailServer, cast: dict[str, Person]) -> None:
        for number in range(30):
            mail_to(cast["clerk"], f"k{number}")
        assert send_due() == 30
        assert len(set(smtp.ids())) == 30

    def test_4xx_is_tried_again_later(self, smtp: MailServer, cast: dict[str, Person]) -> None:
        message = mail_to(cast["clerk"])
        smtp.answers = ["451 try later"]
        assert send_due() == 0
        message.refresh_from_db()
        assert (message.status, message.error) == (Status.QUEUED, "DATA 451")
        assert send_due() == 0
        with later(1.1):
            assert send_due() == 1
        message.refresh_from_db()
        assert (message.status, message.attempts, message.error) == (Status.SENT, 2, "")
        assert smtp.ids() == [message.message_id]

    def test_a_greylisted_mail_does_not_keep_the_others(self, smtp: MailServer, cast: dict[str, Person]) -> None:
        smtp.refused_addresses = {"clerk@city.example.jp": "450 greylisted"}
        first, second = mail_to(cast["clerk"], "a"), mail_to(cast["head"], "b")
        assert send_due() == 1
        assert smtp.ids() == [second.message_id]
        smtp.refused_addresses = {}
        with later(1.1):
            assert send_due() == 1
        assert smtp.ids() == [second.message_id, first.message_id]

    def test_5xx_fails_and_can_be_queued_again(self, smtp: MailServer, cast: dict[str, Person]) -> None:
        smtp.refused_addresses = {"clerk@city.example.jp": "550 no such user"}
        message = mail_to(cast["clerk"], secret="kagi")
        assert send_due() == 0
        message.refresh_from_db()
        assert (message.status, message.error) == (Status.FAILED, "RCPT 550")
        assert LedgerEntry.objects.filter(event=Event.MAIL_FAILED, target_id=message.pk).exists()
        with later(60 * 24):
            assert send_due() == 0
        smtp.refused_addresses = {}
        assert queue_failed_again(by=cast["admin"]) == 1
        assert send_due() == 1

    def test_a_server_that_is_down_loses_nothing_for_days(self, settings: Any, cast: dict[str, Person]) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
        messages = [mail_to(cast["clerk"], f"k{number}") for number in range(3)]
        with time_machine.travel(timezone.now(), tick=False) as clock:
            for _hour in range(48):
                assert send_due() == 0
                clock.shift(dt.timedelta(hours=1))
            assert set(OutboxMessage.objects.values_list("status", flat=True)) == {Status.QUEUED}
            with mail_server() as (server, port):
                settings.EMAIL_PORT = port
                clock.shift(dt.timedelta(hours=2))
                assert send_due() == 3
                assert sorted(server.ids()) == sorted(message.message_id for message in messages)

    def test_it_is_given_up_after_a_week(self, settings: Any, cast: dict[str, Person]) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
        message = mail_to(cast["clerk"])
        with time_machine.travel(timezone.now() + GIVE_UP_AFTER + dt.timedelta(minutes=1)):
            send_due()
        message.refresh_from_db()
        assert (message.status, message.error) == (Status.FAILED, "ConnectionRefusedError")

    def test_a_refused_sender_is_no_fault_of_the_mail(self, smtp: MailServer, cast: dict[str, Person]) -> None:
        smtp.answers = ["421 closing down"]
        first, second = mail_to(cast["clerk"], "a"), mail_to(cast["head"], "b")
        assert send_due() == 0  # the round ends: the server is going
        first.refresh_from_db()
        second.refresh_from_db()
        assert (first.status, second.status, second.attempts) == (Status.QUEUED, Status.QUEUED, 0)

    def test_a_text_that_breaks_is_shown_as_failed_and_stops_nobody(
        self, smtp: MailServer, cast: dict[str, Person]
    ) -> None:
        broken, good = mail_to(cast["clerk"], "a"), mail_to(cast["head"], "b")
        OutboxMessage.objects.filter(pk=broken.pk).update(kind="gone")
        assert send_due() == 1
        broken.refresh_from_db()
        assert (broken.status, broken.error) == (Status.FAILED, "TemplateDoesNotExist")
        assert smtp.ids() == [good.message_id]


@pytest.mark.django_db
class TestRights:
    def test_leavers_get_nothing(self, smtp: MailServer, cast: dict[str, Person]) -> None:
        message = mail_to(cast["clerk"])
        Person.objects.filter(pk=cast["clerk"].pk).update(ends_on=timezone.localdate() - dt.timedelta(days=1))
        send_due()
        message.refresh_from_db()
        assert (message.status, message.error, smtp.taken) == (Status.CANCELLED, "left", [])

    def test_nobody_without_address(self, smtp: MailServer, cast: dict[str, Person]) -> None:
        message = mail_to(cast["clerk"])
        Person.objects.filter(pk=cast["clerk"].pk).update(email="")
        send_due()
        message.refresh_from_db()
        assert (message.status, message.error) == (Status.CANCELLED, "no address")

    def test_withdrawn_rights_count_for_queued_mail(self, smtp: MailServer, cast: dict[str, Person]) -> None:
        incident = report(cast["clerk"])
        OutboxMessage.objects.all().delete()
        kept, lost = (
            mail_to(cast["csirt"], "a", target=incident, path="/"),
            mail_to(cast["csirt2"], "b", target=incident, path="/"),
        )
        RoleAssignment.objects.filter(person=cast["csirt2"]).delete()
        send_due()
        kept.refresh_from_db()
        lost.refresh_from_db()
        assert (kept.status, lost.status, lost.error) == (Status.SENT, Status.CANCELLED, "no right")
        assert len(smtp.taken) == 1

    def test_a_moved_head_gets_nothing_of_the_old_section(self, smtp: MailServer, cast: dict[str, Person]) -> None:
        incident = report(cast["clerk"])
        OutboxMessage.objects.all().delete()
        message = mail_to(cast["head"], target=incident, path="/")
        yesterday = timezone.localdate() - dt.timedelta(days=1)
        RoleAssignment.objects.filter(person=cast["head"]).update(ends_on=yesterday)
        Posting.objects.filter(person=cast["head"]).update(ends_on=yesterday)
        send_due()
        message.refresh_from_db()
        assert (message.status, smtp.taken) == (Status.CANCELLED, [])

    def test_sealing_stops_mails_that_wait(self, smtp: MailServer, cast: dict[str, Person]) -> None:
        incident = report(cast["clerk"], CANARY)
        OutboxMessage.objects.all().delete()
        mail_to(cast["chief"], "before", target=incident, path="/")
        assert Incident.objects.visible_to(cast["chief"]).filter(pk=incident.pk).exists()
        seal(incident, by=cast["csirt_head"])
        OutboxMessage.objects.exclude(dedupe_key="before").delete()
        send_due()
        assert smtp.taken == []
        everything = str([*OutboxMessage.objects.values(), *LedgerDetails.objects.values()])
        assert CANARY not in everything


@pytest.mark.django_db
class TestHold:
    def test_nothing_goes_until_released(self, smtp: MailServer, cast: dict[str, Person]) -> None:
        mail_to(cast["clerk"], "before")
        hold_outbox(OutboxHold.Reason.RESTORE, by=SystemActor("restore"))
        hold_outbox(OutboxHold.Reason.RESTORE, by=SystemActor("restore"))
        mail_to(cast["clerk"], "after")
        assert send_due() == 0
        assert smtp.taken == []
        assert release_outbox(by=cast["admin"]) == 0
        assert send_due() == 2
        for event in (Event.OUTBOX_HELD, Event.OUTBOX_RELEASED):
            assert LedgerEntry.objects.filter(event=event).count() == 1

    def test_what_the_restored_copy_held_can_be_dropped(self, smtp: MailServer, cast: dict[str, Person]) -> None:
        old = mail_to(cast["clerk"], "before")
        with later(1):
            hold_outbox(OutboxHold.Reason.RESTORE, by=SystemActor("restore"))
            new = mail_to(cast["clerk"], "after")
            assert release_outbox(by=cast["admin"], discard=True) == 1
            assert send_due() == 1
        assert smtp.ids() == [new.message_id]
        old.refresh_from_db()
        assert (old.status, old.error) == (Status.CANCELLED, "discarded")

    def test_releasing_what_is_not_held_is_nothing(self, cast: dict[str, Person]) -> None:
        assert release_outbox(by=cast["admin"]) == 0
        assert not LedgerEntry.objects.filter(event=Event.OUTBOX_RELEASED).exists()


@pytest.mark.slow
def test_killed_between_send_and_mark_doubles_with_the_same_id(tmp_path: Path) -> None:
    """The one case in which a mail may go twice; the reader's program sees one, by its Message-ID."""
    with mail_server() as (server, port), installation(tmp_path, SECDESK_MAIL_URL=f"smtp://127.0.0.1:{port}") as desk:
        desk.python(
            "from django.db import transaction\n"
            "from secdesk.core.outbox.services import enqueue\n"
            "from secdesk.core.people.models import Person\n"
            "with transaction.atomic():\n"
            "    p = Person.objects.create(number='1', name='x', email='x@city.example.jp')\n"
            "    [enqueue('test', to=p, dedupe_key=str(n)) for n in range(3)]\n"
        )
        send = "from secdesk.core.outbox.sending import send_due; print(send_due())"
        doomed = desk.start("shell", "--no-imports", "-c", send, stderr=subprocess.DEVNULL)
        server.before_answer = lambda: doomed.send_signal(signal.SIGKILL)
        assert doomed.wait(timeout=30) == -signal.SIGKILL
        server.before_answer = None
        wait_until(lambda: len(server.taken) == 1)
        assert desk.python(send) == "2"  # the dead one's lease still runs
        assert desk.python(_lease_over() + send) == "1"
        assert desk.python(send) == "0"
    ids = server.ids()
    assert len(ids) == 4
    assert ids[0] == ids[3]
    assert len(set(ids)) == 3


def _lease_over() -> str:
    return (
        "from secdesk.core.outbox.models import OutboxMessage as M\n"
        "from django.utils import timezone\n"
        "M.objects.filter(status='sending').update(next_attempt_at=timezone.now())\n"
    )


@pytest.mark.django_db
def test_the_due_mails_are_found_by_their_index(cast: dict[str, Person]) -> None:
    if connection.vendor == "sqlite":
        assert "outbox_due" in due().explain()
