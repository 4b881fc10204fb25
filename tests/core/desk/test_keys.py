"""Rotation loses nothing under kill -9 and resumes (security goal F3); both halves bring the ring back."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import Installation, installation

pytestmark = pytest.mark.slow

MAKE = """
from secdesk.accounts.models import TotpCredential
from secdesk.core.desk.services import first_start
from secdesk.core.people.models import Person
first_start()
for number in range({count}):
    row = TotpCredential(person=Person.objects.create(number=f"p{{number}}", name="x"))
    row.seal(b"secret-%d" % number)
    row.save()
"""
READ = """
from django.conf import settings
from secdesk.accounts.models import TotpCredential
from secdesk.core.desk.models import Desk
from secdesk.core.encrypted_fields import count_outdated
from secdesk.core.keyring import KeyRing
secrets = [row.secret() for row in TotpCredential.objects.order_by("id")]
assert secrets == [b"secret-%d" % number for number in range(len(secrets))], secrets[:3]
sealed = KeyRing.unsealed(Desk.objects.get().sealed_ring, settings.KEY_RING.recovery_secret)
assert {key["id"] for key in settings.KEY_RING.as_json()["keys"]} <= {key["id"] for key in sealed.as_json()["keys"]}
print(len(secrets), count_outdated())
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Installation]:
    with installation(tmp_path) as made:
        yield made


def halves(desk: Installation) -> list[str]:
    """Both halves on paper, as options of a command."""
    options = []
    for number, half in enumerate(json.loads(desk.run("recovery_sheet", "--json").stdout)["halves"]):
        file = desk.folder / f"half-{number}.txt"
        file.write_text(half)
        options += ["--half", str(file)]
    return options


def test_rotation_brings_every_value_under_the_new_key(desk: Installation) -> None:
    desk.python(MAKE.format(count=30))
    result = json.loads(desk.run("rotate_keys", "--json").stdout)
    assert result["reencrypted"] == 30
    assert desk.python(READ) == "30 0"
    events = "from secdesk.core.ledger.models import LedgerEntry as E; print(*E.objects.values_list('event', 'actor'))"
    assert "('desk.keys_rotated', 'system:rotate_keys')" in desk.python(events)


def test_rotation_survives_kill_nine_at_any_moment(desk: Installation) -> None:
    desk.python(MAKE.format(count=400))
    cut_off = 0
    for seed in range(8):
        process = desk.start("rotate_keys", *(["--resume"] if seed % 2 else []))
        time.sleep(0.35 + random.Random(seed).random() * 0.9)
        os.kill(process.pid, signal.SIGKILL)
        cut_off += process.wait() != 0
        assert desk.python(READ).startswith("400 ")
    assert cut_off  # some were really cut off
    desk.run("rotate_keys", "--resume")
    assert desk.python(READ) == "400 0"


def test_both_halves_bring_the_ring_back(desk: Installation) -> None:
    desk.python(MAKE.format(count=3))
    paper = halves(desk)
    desk.run("rotate_keys")  # the sheet stays good through rotations
    (desk.folder / "keys" / "keyring.json").unlink()
    refused = desk.run("check", "--deploy", "--database", "default", check=False)
    assert "secdesk.E014" in refused.stderr
    desk.run("restore_keys", *paper)
    assert desk.python(READ) == "3 0"


def test_one_half_or_a_foreign_pair_opens_nothing(desk: Installation, tmp_path_factory: pytest.TempPathFactory) -> None:
    paper = halves(desk)
    before = (desk.folder / "keys" / "keyring.json").read_bytes()
    with installation(tmp_path_factory.mktemp("other")) as other:
        foreign = halves(other)
    mistyped = desk.folder / "mistyped.txt"
    mistyped.write_text(Path(paper[1]).read_text().replace("\n", "A", 1))
    for options in (paper[:2] * 2, foreign, [paper[0], paper[1], *foreign[2:]], [*paper[:2], "--half", str(mistyped)]):
        refused = desk.run("restore_keys", "--json", *options, check=False)
        assert refused.returncode == 1
        assert not refused.stdout
        assert "Traceback" not in refused.stderr
    assert (desk.folder / "keys" / "keyring.json").read_bytes() == before


def test_a_renewed_sheet_makes_the_old_one_worthless(desk: Installation) -> None:
    old = halves(desk)
    desk.run("recovery_sheet", "--renew")
    refused = desk.run("restore_keys", *old, check=False)
    assert refused.returncode == 1
    assert "復旧シート" in refused.stderr
    desk.run("restore_keys", *halves(desk))


def test_commands_refuse_unknown_people_and_name_known_ones(desk: Installation) -> None:
    refused = desk.run("rotate_keys", "--json", "--by", "nobody", check=False)
    assert (refused.returncode, refused.stdout) == (1, "")
    desk.python(MAKE.format(count=1))
    desk.run("rotate_keys", "--by", "p0")
    code = "from secdesk.core.ledger.models import LedgerEntry as E; print(E.objects.latest('id').actor[:7])"
    assert desk.python(code) == "person:"
