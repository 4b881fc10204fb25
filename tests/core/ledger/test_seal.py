"""The tree, the notes, sealing, and what leaves the host."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from secdesk.core.jobs import JobContext
from secdesk.core.ledger import notes, outside, verify_ledger
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.jobs import mail_seal, seal_ledger, sweep_ledger
from secdesk.core.ledger.models import Checkpoint, LedgerEntry, LedgerSeal
from secdesk.core.ledger.seal import begin_epoch, seal, tree_size, unsealed_count
from secdesk.core.ledger.services import SystemActor, record
from secdesk.core.ledger.tree import Tree
from secdesk.core.outbox.models import OutboxMessage
from secdesk.core.outbox.sending import send_due
from secdesk.core.people.models import Person, RoleAssignment
from secdesk.core.people.roles import Role
from tests.core.ledger.conftest import Outside, Write
from tests.outbox.mail_server import mail_server

# Leaves and roots of RFC 6962's reference implementation (merkle_tree_test).
CT_LEAVES = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
CT_ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def test_tree_gives_the_known_roots() -> None:
    tree = Tree()
    assert tree.root() == hashlib.sha256(b"").digest()
    for data in CT_LEAVES:
        tree = Tree.from_text(tree.size, tree.peaks_text())
        tree.append(leaf(bytes.fromhex(data)))
        assert tree.root().hex() == CT_ROOTS.get(tree.size, tree.root().hex())
    assert tree.size == 8


def recursive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1 as it is written."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + recursive_root(leaves[:split]) + recursive_root(leaves[split:])).digest()


def test_tree_and_verifier_agree_with_the_definition_at_every_size() -> None:
    leaves = [leaf(str(number).encode()) for number in range(130)]
    ours, theirs = Tree(), verify_ledger.Tree(set(range(131)))
    for size, node in enumerate(leaves, 1):
        ours.append(node)
        theirs.append(node)
        assert ours.root() == recursive_root(leaves[:size]) == theirs.roots[size]


def test_verifier_checks_a_foreign_signed_note() -> None:
    """The example of the signed note format (golang.org/x/mod/sumdb/note)."""
    key = verify_ledger.Key("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    text = b"If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    blob = base64.b64decode(
        "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    )
    assert blob[:4].hex() == key.hash
    assert key.signed(text, blob)
    assert not key.signed(text + b".", blob)
    assert not key.signed(text, blob[:-1] + bytes([blob[-1] ^ 1]))


def test_our_notes_are_read_back_and_foreign_ones_skipped(db: None, settings: Any) -> None:
    note = notes.sign(1, 7, b"\x05" * 32)
    mail = f"Dear archive,\r\n{note}\nbest regards".replace("\n", "\r\n")
    found = notes.read_notes(mail)
    assert [(item.epoch, item.size, item.root, item.text) for item in found] == [(1, 7, "05" * 32, note)]
    assert notes.read_notes(note.replace("\n7\n", "\n8\n")) == []
    settings.SECDESK_LEDGER_NAME = "another.example/ledger"
    assert notes.read_notes(note) == []


def test_the_name_stays_when_the_desk_moves(write: Write, kept: Outside, settings: Any) -> None:
    write(1)
    key = notes.public_key()
    settings.SECDESK_URL = "https://secdesk.city.example.jp"
    write(1)
    assert notes.public_key() == key
    assert [note.size for note in notes.read_notes(next(kept.folder.iterdir()).read_text("utf-8"))] == [1, 2]
    settings.SECDESK_LEDGER_NAME = "named.example/ledger"
    assert notes.public_key().startswith("named.example/ledger+")


def test_seal_gives_every_entry_its_place(write: Write, kept: Outside) -> None:
    first, second, third = write(3, sealed=False)
    assert seal() == 3
    assert seal() == 0
    assert list(LedgerSeal.objects.order_by("leaf_index").values_list("entry_id", flat=True)) == [
        first.pk, second.pk, third.pk,
    ]  # fmt: skip
    checkpoint = Checkpoint.objects.get()
    assert checkpoint.root == recursive_root([entry.leaf_hash() for entry in (first, second, third)]).hex()
    assert notes.read_notes(checkpoint.note)[0].root == checkpoint.root


def test_an_entry_that_commits_late_under_a_lower_id_is_sealed(db: None) -> None:
    late_id = 1_000
    with transaction.atomic():
        record(Event.LOGIN_FAILED, by=None)
    LedgerEntry.objects.create(pk=2_000, event="login.failed", at=timezone.now(), actor="x", details_hash="0" * 64)
    assert seal() == 2
    LedgerEntry.objects.create(pk=late_id, event="login.failed", at=timezone.now(), actor="x", details_hash="0" * 64)
    assert unsealed_count() == 1
    assert seal() == 1
    assert LedgerSeal.objects.get(leaf_index=2).entry_id == late_id


def test_entries_older_than_the_look_back_wait_for_the_sweep(db: None, time_machine: Any) -> None:
    start = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    time_machine.move_to(start, tick=False)
    LedgerEntry.objects.create(pk=50, event="login.failed", at=start, actor="x", details_hash="0" * 64)
    assert seal() == 1
    time_machine.move_to(start + dt.timedelta(days=1), tick=False)
    LedgerEntry.objects.create(pk=40, event="login.failed", at=start, actor="x", details_hash="0" * 64)
    LedgerEntry.objects.create(pk=51, event="login.failed", at=start, actor="x", details_hash="0" * 64)
    assert seal() == 1
    assert sweep_ledger(JobContext("ledger.sweep", start)) == 1
    assert unsealed_count() == 0


def test_sealing_many_in_batches_makes_a_checkpoint_each(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secdesk.core.ledger.seal.BATCH", 7)
    now = timezone.now()
    LedgerEntry.objects.bulk_create(
        LedgerEntry(event="login.failed", at=now, actor=str(n), details_hash="0" * 64) for n in range(20)
    )
    assert seal() == 20
    assert list(Checkpoint.objects.order_by("tree_size").values_list("tree_size", flat=True)) == [7, 14, 20]


CONTEXT = JobContext("ledger.seal", dt.datetime(2026, 11, 1, tzinfo=dt.UTC))


def test_the_job_carries_every_checkpoint_outside_once(write: Write, kept: Outside) -> None:
    write(2, sealed=False)
    assert seal_ledger(CONTEXT) == 2
    write(1, sealed=False)
    assert seal_ledger(CONTEXT) == 1
    assert seal_ledger(CONTEXT) == 0
    text = "".join(file.read_text("utf-8") for file in kept.folder.iterdir())
    assert [(note.epoch, note.size) for note in notes.read_notes(text)] == [(1, 2), (1, 3)]
    assert text.count("leaf 1 ") == 3


def test_a_half_written_copy_is_written_again(write: Write, kept: Outside) -> None:
    write(2)
    (file,) = kept.folder.iterdir()
    file.write_bytes(file.read_bytes()[:-60])
    assert outside.publish() == 1
    assert [note.size for note in notes.read_notes(file.read_text("utf-8"))] == [2]


def test_entries_are_sealed_though_the_device_is_away(write: Write, kept: Outside) -> None:
    kept.folder.rmdir()
    write(1, sealed=False)
    with pytest.raises(outside.NoFolder):
        seal_ledger(CONTEXT)
    assert tree_size() == 1
    kept.folder.mkdir()
    seal_ledger(CONTEXT)
    assert len(notes.read_notes(next(kept.folder.iterdir()).read_text("utf-8"))) == 1


def test_nothing_is_sealed_over_a_history_that_the_outside_knows(write: Write, kept: Outside) -> None:
    write(2)
    with transaction.atomic():
        write(2)
        transaction.set_rollback(True)
    assert tree_size() == 2
    write(1, sealed=False)
    with pytest.raises(outside.OutsideAhead):
        seal_ledger(CONTEXT)
    assert tree_size() == 2
    epoch = begin_epoch(
        by=SystemActor("restore"), decided_by="CISO", last_checkpoint=outside.newest_note().text, lost="two entries"
    )
    assert (epoch.number, epoch.first_index, tree_size()) == (2, 2, 4)
    seal_ledger(CONTEXT)
    assert outside.newest_note().epoch == 2


def test_an_epoch_names_only_a_checkpoint_of_our_own(db: None) -> None:
    with pytest.raises(ValueError, match="not a note signed"):
        begin_epoch(by=None, decided_by="x", last_checkpoint="other.example/ledger/1\n5\n", lost="")


def test_no_folder_configured_means_nothing_is_written(write: Write, settings: Any, tmp_path: Path) -> None:
    settings.SECDESK_CHECKPOINTS = ""
    write(1)
    assert outside.publish() == 0
    assert tree_size() == 1


def test_the_seal_is_mailed_once_and_the_saved_mail_verifies(
    cast: dict[str, Person], write: Write, kept: Outside, settings: Any
) -> None:
    write(3)
    assert mail_seal(CONTEXT) == 1
    assert mail_seal(CONTEXT) == 1
    with mail_server() as (server, port):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        assert send_due() == 1  # the same seal is one mail
    saved = kept.work / "seal.eml"
    saved.write_bytes(server.taken[0].as_bytes())
    code, output = kept.verify(saved)
    assert code == 0
    assert "1 outside checkpoints" in output
    assert "1 entries not yet witnessed" in output  # that the mail was sent


def test_the_seal_goes_to_the_csirt_head_while_there_is_no_head_of_audit(cast: dict[str, Person], write: Write) -> None:
    RoleAssignment.objects.filter(role=Role.AUDIT_HEAD).update(ends_on=dt.date(2021, 3, 31))
    write(1)
    assert mail_seal(CONTEXT) == 1
    assert OutboxMessage.objects.get().person == cast["csirt_head"]
