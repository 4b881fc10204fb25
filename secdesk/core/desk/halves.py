"""Getting both halves of the recovery sheet from the people who hold them."""

from __future__ import annotations

import getpass
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from secdesk.core.desk.services import WrongSheet, open_sealed
from secdesk.core.keyring import KeyRing
from secdesk.core.recovery_sheet import LINES, SheetError

DIFFERENT = "2枚が同じ時に印刷されたものではありません。/ The halves do not belong together."
WRONG = "この復旧シートでは開きません。/ This recovery sheet does not open the key ring of this desk."


def add_half_arguments(parser: ArgumentParser) -> None:
    """Let halves come from files (two, in any order); without, they are typed and not shown."""
    parser.add_argument("--half", action="append", default=[], metavar="FILE", help="file with one half; give it twice")


def ask_halves(files: list[str]) -> tuple[str, str]:
    """Both halves, from files or typed. Raises CommandError."""
    if len(files) == 2:
        try:
            first, second = (Path(file).read_text("utf-8") for file in files)
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error
        return first, second
    if files:
        raise CommandError("--half は2回指定してください。/ Give --half twice.")
    return _type_half(1), _type_half(2)


def _type_half(number: int) -> str:
    try:
        return "".join(getpass.getpass(f"復旧シート {number}枚目 {line}行目: ") for line in range(1, LINES + 1))
    except EOFError:
        raise CommandError(
            "端末がないので入力できません。--half を2回指定してください。/ No terminal: give --half twice."
        ) from None


def open_with_halves(sealed: bytes, options: dict[str, Any]) -> KeyRing:
    """The key ring of `sealed`; raises CommandError with what was wrong with the halves."""
    try:
        return open_sealed(sealed, ask_halves(options["half"]))
    except SheetError as error:
        text = f"{error.line}行目に入力の誤りがあります。" if error.line else DIFFERENT
        raise CommandError(f"{text} ({error})") from error
    except WrongSheet as error:
        raise CommandError(WRONG) from error


def printed(halves: tuple[str, str]) -> str:
    """Both halves as they go to paper, to be cut apart."""
    paper = (
        "────────────────────────────────────────\n"
        "復旧シート {number}枚目(全2枚) / Recovery sheet, half {number} of 2\n\n{half}\n\n"
        "2枚を別の人が、別の金庫に保管してください。2枚そろうと、このデスクの鍵束が開きます。\n"
        "(0・O・1・I は使っていません。)"
    )
    return "\n".join(paper.format(number=number, half=half) for number, half in enumerate(halves, start=1))
