"""Attacks with full rights on the real database: the stand-alone verifier names each."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from secdesk.core.keyring import KeyRing
from secdesk.core.ledger import notes, outside, verify_ledger
from secdesk.core.ledger.disposal import MINIMUM_RETENTION, dispose_details
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.models import Checkpoint, LedgerDetails, LedgerEntry, LedgerSeal
from secdesk.core.ledger.seal import begin_epoch, seal
from secdesk.core.ledger.services import SystemActor, record
from tests.core.ledger.conftest import Outside, Write

Attack = Callable[..., None]


@pytest.fixture
def ledger(write: Write, kept: Outside) -> list[LedgerEntry]:
    """Nine entries under three checkpoints outside."""
    return [*write(3), *write(3), *write(3)]


def alarms(output: str) -> list[str]:
    """First words of what the verifier raises the alarm about."""
    return [line.removeprefix("ALARM ").split(":")[0] for line in output.splitlines() if line.startswith("ALARM ")]


def reseal(entry: LedgerEntry) -> str:
    """SQL of an attacker who also rewrites the seal of a changed entry."""
    entry.refresh_from_db()
    return f"UPDATE core_ledgerseal SET leaf_hash = '{entry.leaf_hash().hex()}' WHERE entry_id = {entry.pk}"


def shift(start: int, by: int) -> tuple[str, str]:
    """SQL that moves the places from `start` on."""
    return (
        f"UPDATE core_ledgerseal SET leaf_index = -leaf_index - {1000 + by} WHERE leaf_index >= {start}",
        "UPDATE core_ledgerseal SET leaf_index = -leaf_index - 1000 WHERE leaf_index < 0",
    )


def erase(*entries: LedgerEntry) -> tuple[str, str]:
    """SQL that deletes entries with their details."""
    ids = ", ".join(str(entry.pk) for entry in entries)
    return (
        f"DELETE FROM core_ledgerdetails WHERE entry_id IN ({ids})",
        f"DELETE FROM core_ledgerentry WHERE id IN ({ids})",
    )


def test_an_untouched_ledger_is_intact(ledger: list[LedgerEntry], kept: Outside) -> None:
    code, output = kept.verify()
    assert (code, alarms(output)) == (0, [])
    assert "9 entries, 3 outside checkpoints" in output
    assert "not yet witnessed" not in output


def test_what_came_after_the_newest_checkpoint_is_not_yet_witnessed(
    ledger: list[LedgerEntry], write: Write, kept: Outside
) -> None:
    write(2, sealed=False)
    assert "2 entries not yet witnessed" in kept.verify()[1]
    seal()  # sealed inside, but not carried outside
    code, output = kept.verify()
    assert code == 0
    assert "2 entries not yet witnessed" in output
    assert "まだ確認できない記録: 2件" in output


def test_without_outside_checkpoints_it_says_what_it_cannot_check(ledger: list[LedgerEntry], kept: Outside) -> None:
    code, output = kept.verify_without_checkpoints()
    assert (code, alarms(output)) == (3, [])
    assert "a roll-back cannot be checked" in output
    assert "巻き戻しは確認できません" in output


# 1 edited


def test_edited(ledger: list[LedgerEntry], kept: Outside, attack: Attack) -> None:
    attack(f"UPDATE core_ledgerentry SET actor = 'person:99' WHERE id = {ledger[4].pk}")
    for code, output in (kept.verify(), kept.verify(kept.notes_only()), kept.verify_without_checkpoints()):
        assert (code, alarms(output)) == (1, ["EDITED"])
        assert f"EDITED: entries {ledger[4].pk}\n" in output


def test_edited_with_its_seal(ledger: list[LedgerEntry], kept: Outside, attack: Attack) -> None:
    attack(f"UPDATE core_ledgerentry SET actor = 'person:99' WHERE id = {ledger[4].pk}")
    attack(reseal(ledger[4]))
    code, output = kept.verify()
    assert (code, alarms(output)) == (1, ["EDITED"])
    assert f"EDITED: entries {ledger[4].pk}\n" in output
    code, output = kept.verify(kept.notes_only())
    assert (code, alarms(output)) == (1, ["ALTERED"])
    assert "entries 4 to 6 do not fit checkpoint 6" in output


def test_edited_details(ledger: list[LedgerEntry], kept: Outside, attack: Attack) -> None:
    attack(f"UPDATE core_ledgerdetails SET content = '{{}}' WHERE entry_id = {ledger[2].pk}")
    code, output = kept.verify()
    assert (code, alarms(output)) == (1, ["EDITED"])
    assert f"the details of entry {ledger[2].pk}" in output


# 2 deleted


@pytest.mark.parametrize("with_seal", [False, True])
def test_deleted(ledger: list[LedgerEntry], kept: Outside, attack: Attack, with_seal: bool) -> None:
    attack(*erase(ledger[1], ledger[4]))
    if with_seal:
        attack("DELETE FROM core_ledgerseal WHERE leaf_index IN (1, 4)")
    code, output = kept.verify()
    assert (code, alarms(output)) == (1, ["DELETED"])
    assert "DELETED: entries at places 2, 5\n" in output


def test_deleted_and_renumbered(ledger: list[LedgerEntry], kept: Outside, attack: Attack) -> None:
    attack(*erase(ledger[4]), "DELETE FROM core_ledgerseal WHERE leaf_index = 4", *shift(5, -1))
    code, output = kept.verify()
    assert (code, alarms(output)) == (1, ["DELETED"])
    assert "DELETED: entries at places 5\n" in output
    code, output = kept.verify(kept.notes_only())
    assert code == 1
    assert alarms(output)[-1] == "ALTERED"


def test_deleted_details(ledger: list[LedgerEntry], kept: Outside, attack: Attack) -> None:
    attack(f"DELETE FROM core_ledgerdetails WHERE entry_id = {ledger[2].pk}")
    code, output = kept.verify()
    assert (code, alarms(output)) == (1, ["DELETED"])


# 3 inserted


def forge(at: dt.datetime, pk: int | None = None) -> LedgerEntry:
    """An entry that the attacker makes up."""
    digest = hashlib.sha256(b"s" * 32 + b"{}").hexdigest()
    entry = LedgerEntry.objects.create(pk=pk, event="login.failed", actor="person:7", at=at, details_hash=digest)
    LedgerDetails.objects.create(entry=entry, salt=b"s" * 32, content="{}")
    return entry


def test_inserted_into_the_sealed_order(ledger: list[LedgerEntry], kept: Outside, attack: Attack) -> None:
    forged = forge(ledger[3].at)
    attack(*shift(4, 1))
    LedgerSeal.objects.create(leaf_index=4, entry_id=forged.pk, leaf_hash=forged.leaf_hash().hex())
    code, output = kept.verify()
    assert (code, alarms(output)) == (1, ["INSERTED"])
    assert f"INSERTED: entries {forged.pk}\n" in output


def test_inserted_between_old_ids(ledger: list[LedgerEntry], kept: Outside, write: Write, attack: Attack) -> None:
    forge(ledger[3].at - dt.timedelta(days=2), pk=-5)
    code, output = kept.verify()
    assert (code, alarms(output)) == (1, ["INSERTED"])
    seal(everything=True)  # the desk seals it in good faith
    outside.publish()
    code, output = kept.verify()
    assert (code, alarms(output)) == (1, ["INSERTED"])


# 4 swapped


@pytest.mark.parametrize("with_hash", [False, True])
def test_swapped(ledger: list[LedgerEntry], kept: Outside, attack: Attack, with_hash: bool) -> None:
    hashes = [LedgerSeal.objects.get(leaf_index=index).leaf_hash for index in (1, 4)]
    attack(
        "UPDATE core_ledgerseal SET entry_id = -1 WHERE leaf_index = 1",
        f"UPDATE core_ledgerseal SET entry_id = {ledger[1].pk} WHERE leaf_index = 4",
        f"UPDATE core_ledgerseal SET entry_id = {ledger[4].pk} WHERE leaf_index = 1",
    )
    if with_hash:
        attack(
            f"UPDATE core_ledgerseal SET leaf_hash = '{hashes[1]}' WHERE leaf_index = 1",
            f"UPDATE core_ledgerseal SET leaf_hash = '{hashes[0]}' WHERE leaf_index = 4",
        )
    code, output = kept.verify()
    assert (code, alarms(output)) == (1, ["SWAPPED"])
    assert f"SWAPPED: entries {ledger[4].pk}, {ledger[1].pk}\n" in output


# 5 tail cut


@pytest.mark.parametrize(
    "also",
    [
        (),
        ("DELETE FROM core_ledgerseal WHERE leaf_index >= 7",),
        ("DELETE FROM core_ledgerseal WHERE leaf_index >= 7", "DELETE FROM core_checkpoint WHERE tree_size > 7"),
    ],
)
def test_tail_cut(ledger: list[LedgerEntry], kept: Outside, attack: Attack, also: tuple[str, ...]) -> None:
    attack(*erase(ledger[7], ledger[8]), *also)
    for places in ((), (kept.notes_only(),)):
        code, output = kept.verify(*places)
        assert code == 1
        if len(also) < 2:
            assert alarms(output) == ["TAIL CUT"]
        else:  # what is left might as well be an older copy
            assert len(alarms(output)) == 1
            assert "ROLLED BACK to an older copy after entry 6 (or its tail cut off" in output


# 6 rolled back


def test_rolled_back(ledger: list[LedgerEntry], kept: Outside, write: Write) -> None:
    with transaction.atomic():
        write(4)
        transaction.set_rollback(True)  # the older copy stands again, row for row
    for places in ((), (kept.notes_only(),)):
        code, output = kept.verify(*places)
        assert code == 1
        assert len(alarms(output)) == 1
        assert "ROLLED BACK to an older copy after entry 9" in output


@pytest.mark.parametrize("count", [1, 4, 7])
def test_rolled_back_and_written_on(ledger: list[LedgerEntry], kept: Outside, write: Write, count: int) -> None:
    with transaction.atomic():
        write(2)
        write(2)
        transaction.set_rollback(True)
    write(count, sealed=False)
    seal()  # the desk signs the second history in good faith; its own job would have refused
    for places in ((), (kept.notes_only(),)):
        code, output = kept.verify(*places)
        assert code == 1
        assert "ROLLED BACK to an older copy after entry 9" in output


# 7 re-built with other keys


@pytest.mark.parametrize("edited", [False, True])
def test_rebuilt_with_other_keys(
    ledger: list[LedgerEntry], kept: Outside, attack: Attack, settings: Any, tmp_path: Path, edited: bool
) -> None:
    attack("DELETE FROM core_ledgerseal", "DELETE FROM core_checkpoint")
    if edited:
        attack(f"UPDATE core_ledgerentry SET actor = 'person:99' WHERE id = {ledger[4].pk}")
    settings.KEY_RING = KeyRing.open_or_create(tmp_path / "other")
    seal(everything=True)
    for code, output in (kept.verify(), kept.verify(kept.notes_only()), kept.verify_without_checkpoints()):
        assert code == 1
        assert "RE-BUILT WITH OTHER KEYS: 1 checkpoints" in output
    assert ("EDITED" in alarms(kept.verify()[1])) == edited


def test_the_wrong_key_given_is_said(ledger: list[LedgerEntry], kept: Outside, settings: Any, tmp_path: Path) -> None:
    settings.KEY_RING = KeyRing.open_or_create(tmp_path / "other")
    code, output = kept.verify(key=notes.public_key())
    assert code == 1
    assert "wrong key given" in output


# lawful


def restore(kept: Outside, write: Write, *, lose: int = 4, **changes: Any) -> None:
    """Lose entries by a restore, and begin an epoch that says so."""
    with transaction.atomic():
        for _ in range(lose // 2):
            write(2)
        transaction.set_rollback(True)
    named = outside.newest_note()
    assert named is not None
    values = {
        "by": SystemActor("restore"),
        "decided_by": "CISO 令8-12",
        "lost": "1 hour",
        "last_checkpoint": named.text,
    }
    begin_epoch(**(values | changes))
    outside.publish()


def test_a_lawful_restore_is_not_an_alarm(ledger: list[LedgerEntry], kept: Outside, write: Write) -> None:
    write(1, sealed=False)  # restored, but not sealed at the time of the backup
    restore(kept, write)
    write(3)
    for places in ((), (kept.notes_only(),)):
        code, output = kept.verify(*places)
        assert (code, alarms(output)) == (0, [])
        assert "epoch 2 began by a restore" in output
        assert "1 hour (CISO 令8-12; 1/14)" in output


def test_two_restores_the_second_behind_the_first(ledger: list[LedgerEntry], kept: Outside, write: Write) -> None:
    with transaction.atomic():
        restore(kept, write)
        write(2)
        transaction.set_rollback(True)
    restore(kept, write, lose=0)
    write(1)
    code, output = kept.verify()
    assert (code, alarms(output)) == (0, [])
    assert "epoch 3 began" in output


def test_an_epoch_that_hides_what_was_lost_is_an_alarm(ledger: list[LedgerEntry], kept: Outside, write: Write) -> None:
    older = notes.read_notes(next(kept.folder.iterdir()).read_text("utf-8"))[1].text
    restore(kept, write, last_checkpoint=older)
    code, output = kept.verify()
    assert code == 1
    assert "epoch 2 does not account for checkpoint" in output


def test_an_epoch_that_only_another_key_signed_is_an_alarm(
    ledger: list[LedgerEntry], kept: Outside, write: Write, attack: Attack, settings: Any, tmp_path: Path
) -> None:
    with transaction.atomic():
        write(2)
        transaction.set_rollback(True)
    named = outside.newest_note()
    assert named is not None
    begin_epoch(by=None, decided_by="mayor", lost="nothing", last_checkpoint=named.text)
    forged = Checkpoint.objects.get(epoch=2)
    settings.KEY_RING = KeyRing.open_or_create(tmp_path / "other")
    note = notes.sign(2, forged.tree_size, bytes.fromhex(forged.root))
    attack(f"UPDATE core_checkpoint SET note = '{note}' WHERE epoch = 2")
    code, output = kept.verify()
    assert code == 1
    assert "RE-BUILT WITH OTHER KEYS" in output
    assert "ROLLED BACK: epoch 2 is not signed" in output


def test_an_edit_after_a_restore_is_named(
    ledger: list[LedgerEntry], kept: Outside, write: Write, attack: Attack
) -> None:
    restore(kept, write)
    edited = write(3)[1]
    attack(f"UPDATE core_ledgerentry SET actor = 'person:99' WHERE id = {edited.pk}")
    attack(reseal(edited))
    code, output = kept.verify()
    assert (code, alarms(output)) == (1, ["EDITED"])
    assert f"EDITED: entries {edited.pk}\n" in output


def dispose(decided_by: str = "x") -> int:
    """Two years later everything sealed so far may go."""
    with time_machine.travel(timezone.now() + 2 * MINIMUM_RETENTION):
        return dispose_details(
            before=timezone.now() - MINIMUM_RETENTION, by=SystemActor("retention"), decided_by=decided_by
        )


def test_disposed_details_are_disposed_not_altered(ledger: list[LedgerEntry], kept: Outside, write: Write) -> None:
    assert dispose("文書 令8-99") == 9
    assert LedgerDetails.objects.filter(salt__isnull=True, content="").count() == 9
    assert dispose("again") == 0
    code, output = kept.verify()
    assert (code, alarms(output)) == (1, ["DELETED"]), "nobody signed yet that this was a disposal"
    seal(everything=True)
    code, output = kept.verify()
    assert (code, alarms(output)) == (0, [])
    assert "disposed, not altered: details of 9 entries (文書 令8-99)" in output
    assert "廃棄済み" in output


def test_a_second_disposal_goes_on_where_the_first_ended(ledger: list[LedgerEntry], kept: Outside) -> None:
    with transaction.atomic():
        record(Event.LEDGER_DETAILS_DISPOSED, by=None, count=9, ranges=[[0, 8]], decided_by="interrupted")
    dispose("next")
    seal(everything=True)
    code, output = kept.verify()
    assert (code, alarms(output)) == (0, [])
    assert "details of 0 entries (interrupted)" in output
    assert "details of 9 entries (next)" in output


def test_young_details_are_not_disposed_of(ledger: list[LedgerEntry]) -> None:
    with pytest.raises(ValueError, match="a year"):
        dispose_details(before=timezone.now() - dt.timedelta(days=364), by=None, decided_by="x")
    assert not LedgerEntry.objects.filter(event=Event.LEDGER_DETAILS_DISPOSED).exists()


# 8 details erased under a disposal that is none


def empty(disposal: LedgerEntry, *entries: LedgerEntry) -> None:
    """Empties details under a disposal; the guard lets it pass."""
    ids = [entry.pk for entry in entries]
    assert LedgerDetails.objects.filter(pk__in=ids).update(salt=None, content="", disposal=disposal) == len(ids)


def claim(count: int, first: int, last: int) -> LedgerEntry:
    """An entry that claims a disposal; not sealed."""
    with transaction.atomic():
        return record(
            Event.LEDGER_DETAILS_DISPOSED, by=None, count=count, ranges=[[first, last]], decided_by="総務課長"
        )


def test_erased_under_a_disposal_that_nobody_sealed(ledger: list[LedgerEntry], kept: Outside) -> None:
    forged = claim(1, 2, 2)
    empty(forged, ledger[2])
    code, output = kept.verify()
    assert (code, alarms(output)) == (1, ["DELETED"])
    assert f"the details of entries {ledger[2].pk}, and no sealed disposal says so" in output
    assert "総務課長" not in output


def test_erased_under_a_disposal_with_a_place_but_no_checkpoint(ledger: list[LedgerEntry], kept: Outside) -> None:
    forged = claim(1, 2, 2)
    empty(forged, ledger[2])
    LedgerSeal.objects.create(leaf_index=9, entry_id=forged.pk, leaf_hash=forged.leaf_hash().hex())
    code, output = kept.verify()
    assert (code, alarms(output)) == (1, ["DELETED"])


def test_a_disposal_covers_no_more_than_it_counts(ledger: list[LedgerEntry], kept: Outside) -> None:
    sealed = claim(1, 0, 10**9)
    seal()
    empty(sealed, ledger[2])
    assert kept.verify()[0] == 0
    empty(sealed, ledger[4])
    code, output = kept.verify()
    assert (code, alarms(output)) == (1, ["DELETED"])
    assert f"disposal {sealed.pk} is of 1 details, but 2 are gone" in output
    assert "details of 2 entries (総務課長)" in output


def test_a_disposal_covers_nothing_that_came_after_it(ledger: list[LedgerEntry], kept: Outside, write: Write) -> None:
    sealed = claim(50, 0, 10**9)
    later = write(2)
    waiting = write(1, sealed=False)
    empty(sealed, ledger[2], later[1], *waiting)
    code, output = kept.verify()
    assert (code, alarms(output)) == (1, ["DELETED"])
    assert f"the details of entries {later[1].pk}, {waiting[0].pk}, and no sealed disposal" in output


def test_a_disposal_that_does_not_name_the_place(ledger: list[LedgerEntry], kept: Outside) -> None:
    sealed = claim(2, 3, 4)
    seal()
    empty(sealed, ledger[3], ledger[5])
    code, output = kept.verify()
    assert (code, alarms(output)) == (1, ["DELETED"])
    assert f"the details of entries {ledger[5].pk}, and no sealed disposal" in output


# tools


def test_the_sheet_is_compared_by_its_root(ledger: list[LedgerEntry], kept: Outside) -> None:
    root = notes.read_notes(next(kept.folder.iterdir()).read_text("utf-8"))[1].root
    assert f"root after 6: {root}" in kept.verify(options=("--at", "6"))[1]


def test_rubbish_is_not_verified(kept: Outside, tmp_path: Path) -> None:
    rubbish = tmp_path / "x"
    rubbish.write_text("rubbish\n", "utf-8")
    assert kept.run(rubbish, kept.key)[0] == 2
    assert kept.run(rubbish, "rubbish")[0] == 2
    rubbish.write_text('{"ledger":"other.example/ledger","format":1}\n', "utf-8")
    code, output = kept.run(rubbish, kept.key, kept.folder)
    assert (code, "different ledgers" in output) == (2, True)
    assert kept.run(tmp_path / "absent", kept.key)[0] == 2


def test_the_command_exports_what_verifies(ledger: list[LedgerEntry], kept: Outside, capsys: Any) -> None:
    file = kept.work / "ledger.jsonl"
    call_command("export_ledger", str(file), "--json")
    printed = json.loads(capsys.readouterr().out)
    assert printed["lines"] == 1 + 3 + 9 + 1
    assert file.stat().st_mode & 0o077 == 0
    code, output = kept.run(file, printed["public_key"], kept.folder)
    assert (code, "1 entries not yet witnessed" in output) == (0, True)
    assert LedgerEntry.objects.filter(event=Event.LEDGER_EXPORTED, actor="system:export_ledger").count() == 1
    with pytest.raises(CommandError):
        call_command("export_ledger", str(file))
    assert LedgerEntry.objects.filter(event=Event.LEDGER_EXPORTED).count() == 1
    call_command("ledger_key")
    assert capsys.readouterr().out.strip() == kept.key


def test_the_verifier_stands_alone() -> None:
    source = Path(verify_ledger.__file__).read_text("utf-8")
    assert len([line for line in source.splitlines() if line.strip()]) <= 310
    assert "secdesk" not in source
    assert "django" not in source
