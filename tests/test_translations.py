"""Everything on the screen exists in Japanese and English, and stands in the catalogue."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

BASE = Path(__file__).resolve().parent.parent
JAPANESE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uff01-\uff5e]")
WORD = re.compile("[A-Za-z]{2,}|[\u3040-\u30ff\u3400-\u9fff]")
SPOKEN_ATTRIBUTES = frozenset({"aria-label", "title", "placeholder", "alt", "aria-description", "label"})
SILENT = frozenset({"script", "style", "code", "kbd"})
SPOKEN_VALUES = frozenset({"submit", "button", "reset"})
# Words that are the same in every language.
NAMES = re.compile(r"\b(?:CSIRT|CSV|XLSX|PDF|TLP|OTP|PIN|URL|JSON)\b")
# Where Japanese in Python is data, not a sentence of the screen.
JAPANESE_DATA = {
    "secdesk/core/calendar.py": "names of eras",
    "secdesk/core/forms.py": "what people type in dates and numbers",
    "secdesk/core/templatetags/desk.py": "the Japanese form of a date",
    "secdesk/core/people/models.py": "a language is named in itself",
    "secdesk/core/tables.py": "signs that begin a formula",
    "secdesk/core/desk/identity.py": "the demo city",
    "secdesk/accounts/token_files.py": "headings of suppliers' files",
    "secdesk/core/commands.py": "the terminal",
    "incidents/logline.py": "words by which a line of the log is classed",
    "secdesk/core/keyring.py": "the terminal",
    "secdesk/core/desk/backup.py": "the terminal",
    "secdesk/core/desk/dump.py": "the terminal",
    "secdesk/core/desk/halves.py": "the terminal, and a sheet of paper",
    "secdesk/core/desk/safety.py": "the terminal",
    "secdesk/core/ledger/verify_ledger.py": "the terminal; runs without our catalogue",
}
JAPANESE_DATA_FOLDERS = {
    "secdesk/home/demo": "the demo city",
    "management/commands": "the terminal of the operator, who has no language setting",
}


# --- the catalogue ----------------------------------------------------------------------------------


def test_every_sentence_has_its_japanese() -> None:
    """Complete, not fuzzy, placeholders kept, source in English (scripts/check_translations.py says where)."""
    checked = subprocess.run(
        [sys.executable, "scripts/check_translations.py"], cwd=BASE, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, f"run `make messages` and fill what it names:\n{checked.stdout}{checked.stderr}"


# --- templates --------------------------------------------------------------------------------------


class BareText(HTMLParser):
    """Collects text that a reader would see or hear, from a template whose tags were taken out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._silent += tag in SILENT
        for name, value in attrs:
            spoken = name in SPOKEN_ATTRIBUTES or (
                tag == "input" and name == "value" and given.get("type") in SPOKEN_VALUES
            )
            if spoken and value and _is_bare(value):
                self.found.append(f"{name}={value!r}")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in SILENT

    def handle_data(self, data: str) -> None:
        if not self._silent and _is_bare(data):
            self.found.append(" ".join(data.split()))


def _is_bare(text: str) -> bool:
    return WORD.search(NAMES.sub("", text)) is not None


def bare_text(source: str) -> list[str]:
    """Visible words of a template that stand outside `translate` and `blocktranslate`."""
    own_name = re.compile(r"<button[^>]*\blang=\"[a-z]+\"[^>]*>.*?</button>", re.DOTALL)
    for pattern in (
        r"\{#.*?#\}",
        r"\{%\s*block \w+_class\s*%\}.*?\{%\s*endblock.*?%\}",
        r"\{%\s*comment.*?endcomment\s*%\}",
        r"\{%\s*blocktrans(?:late)?\b.*?endblocktrans(?:late)?\s*%\}",
        r"\{%.*?%\}",
        r"\{\{.*?\}\}",
    ):
        source = re.sub(pattern, "", source, flags=re.DOTALL)
    parser = BareText()
    parser.feed(own_name.sub("", source))  # a language switch names the other language in itself
    parser.close()
    return parser.found


def templates() -> list[Path]:
    return sorted(path for path in (BASE / "templates").rglob("*") if path.suffix in (".html", ".txt", ".svg"))


def test_templates_hold_no_bare_words() -> None:
    assert len(templates()) > 20
    bare = {str(path.relative_to(BASE)): bare_text(path.read_text("utf-8")) for path in templates()}
    assert {path: words for path, words in bare.items() if words} == {}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Hello</p>", ["Hello"]),
        ("<p>報告する</p>", ["報告する"]),
        ('<p>{% translate "Hello" %} {{ name }}: 12 / 3</p>', []),
        ("{% blocktranslate with a=b %}Hello <b>{{ a }}</b>{% endblocktranslate %}", []),
        ('<input aria-label="Search">', ["aria-label='Search'"]),
        ('<input aria-label="{% translate \'Search\' %}" class="input wide">', []),
        ('<input type="submit" value="Go on">', ["value='Go on'"]),
        ("{# a note #}<script>const word = 1;</script>{% comment %}more{% endcomment %}", []),
        ("<p>{% if a %}Yes{% endif %}</p>", ["Yes"]),
    ],
)
def test_the_scanner_sees_what_a_reader_sees(source: str, found: list[str]) -> None:
    assert bare_text(source) == found


# --- Python -----------------------------------------------------------------------------------------


def japanese_strings(path: Path) -> Iterator[str]:
    """String constants with Japanese letters, docstrings left out."""
    tree = ast.parse(path.read_text("utf-8"))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
        if is_text and JAPANESE.search(node.value):  # type: ignore[attr-defined]
            yield f"{node.lineno}: {node.value[:60]}"  # type: ignore[attr-defined]


def python_files() -> list[Path]:
    return sorted(
        path for package in ("secdesk", "incidents") for path in (BASE / package).rglob("*.py")
        if "migrations" not in path.parts
    )  # fmt: skip


def test_python_holds_no_japanese_sentences() -> None:
    found = {}
    for path in python_files():
        name = str(path.relative_to(BASE))
        if name not in JAPANESE_DATA and not any(folder in name for folder in JAPANESE_DATA_FOLDERS):
            found[name] = list(japanese_strings(path))
    assert len(found) > 50
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_every_exemption_is_still_needed() -> None:
    assert [name for name in JAPANESE_DATA if not list(japanese_strings(BASE / name))] == []
