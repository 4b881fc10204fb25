"""The key ring: private files, one-step changes, running processes that notice, and the recovery sheet."""

from __future__ import annotations

import multiprocessing
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secdesk.core import recovery_sheet
from secdesk.core.keyring import DecryptionFailed, KeyRing
from secdesk.core.recovery_sheet import SheetError


def test_files_are_private(tmp_path: Path) -> None:
    folder = tmp_path / "var" / "keys"
    KeyRing.open_or_create(folder)
    for path in (tmp_path / "var", folder, *folder.iterdir()):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_a_text_is_bound_to_its_record(tmp_path: Path) -> None:
    ring = KeyRing.open_or_create(tmp_path)
    blob = ring.encrypt(b"secret", context=b"row 1")
    assert ring.decrypt(blob, context=b"row 1") == b"secret"
    with pytest.raises(DecryptionFailed):
        ring.decrypt(blob, context=b"row 2")
    with pytest.raises(DecryptionFailed):
        ring.decrypt(blob[:-1] + bytes([blob[-1] ^ 1]), context=b"row 1")


def test_a_running_process_notices_a_new_key(tmp_path: Path) -> None:
    running, other = KeyRing.open_or_create(tmp_path), KeyRing.open_or_create(tmp_path)
    old = running.encrypt(b"old", context=b"")
    key = other.add_key(lambda _sealed: None)
    assert running.decrypt(other.encrypt(b"new", context=b""), context=b"") == b"new"
    assert running.current_id == key.id
    assert running.encrypt(b"x", context=b"")[:8] == key.id.encode()
    assert running.decrypt(old, context=b"") == b"old"


def test_rotation_keeps_what_must_stay(tmp_path: Path) -> None:
    ring = KeyRing.open_or_create(tmp_path)
    before = ring.fingerprint, ring.derived("x"), ring.keyed_hashes(b"code", purpose="p")[0]
    ring.add_key(lambda _sealed: None)
    assert (ring.fingerprint, ring.derived("x")) == before[:2]
    assert before[2] in ring.keyed_hashes(b"code", purpose="p")[1:]


def _open(folder: Path) -> str:
    return KeyRing.open_or_create(folder).fingerprint


def test_processes_starting_at_once_agree_on_one_ring(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        assert len(set(pool.map(_open, [tmp_path / "keys"] * 8))) == 1


def test_saving_another_ring_loses_neither(tmp_path: Path) -> None:
    first, second = KeyRing.open_or_create(tmp_path / "a"), KeyRing.open_or_create(tmp_path / "b")
    aside = second.save_to(tmp_path / "a")
    assert KeyRing.open(tmp_path / "a").fingerprint == second.fingerprint
    assert aside is not None
    assert aside.read_text() == (tmp_path / "a" / aside.name).read_text()
    assert first.as_json()["root"] in aside.read_text()


def test_the_sealed_ring_opens_with_both_halves_alone(tmp_path: Path) -> None:
    ring = KeyRing.open_or_create(tmp_path)
    ring.add_key(lambda _sealed: None)
    one, two = recovery_sheet.split(ring.recovery_secret)
    opened = KeyRing.unsealed(ring.sealed(), recovery_sheet.join(two, one))
    assert opened.as_json() == ring.as_json()
    ring.renew_recovery(lambda _sealed: None)
    with pytest.raises(DecryptionFailed):
        KeyRing.unsealed(ring.sealed(), recovery_sheet.join(one, two))


@given(secret=st.binary(min_size=32, max_size=32))
def test_halves_join_in_either_order(secret: bytes) -> None:
    one, two = recovery_sheet.split(secret)
    assert recovery_sheet.join(one, two) == recovery_sheet.join(two, one) == secret
    assert set(one + two) <= set(recovery_sheet.ALPHABET + "-\n")


@given(st.integers(0, 63), st.sampled_from(recovery_sheet.ALPHABET))
def test_a_typing_mistake_is_found_in_its_line(place: int, letter: str) -> None:
    one, two = recovery_sheet.split(bytes(range(32)))
    letters = list(one.replace("-", "").replace("\n", ""))
    if letters[place] == letter:
        return
    letters[place] = letter
    outcome: object
    try:
        outcome = recovery_sheet.join("".join(letters), two)
    except SheetError as error:
        outcome = error.line
    # One check letter misses 1 mistake in 32; the secret is then another, and opens nothing.
    assert outcome in (0, place // 16 + 1) or (isinstance(outcome, bytes) and outcome != bytes(range(32)))


def test_halves_that_do_not_belong_together() -> None:
    one, two = recovery_sheet.split(bytes(32))
    other = recovery_sheet.split(bytes(32))[1]
    with pytest.raises(SheetError, match="different sheets"):
        recovery_sheet.join(one, other)
    with pytest.raises(SheetError, match="same half"):
        recovery_sheet.join(one, one)
    with pytest.raises(SheetError, match="64 letters"):
        recovery_sheet.join(one, two[:-1])
