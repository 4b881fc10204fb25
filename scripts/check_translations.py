"""Every sentence of the screen has its Japanese: complete, not fuzzy, placeholders kept, source in English.

Sentences are collected from the source by Babel and Django's own template reader, so that this
runs where gettext is not installed.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract_python
from babel.messages.pofile import read_po

BASE = Path(__file__).resolve().parent.parent
PACKAGES = ("secdesk", "incidents")
CATALOGUE = BASE / "locale" / "ja" / "LC_MESSAGES" / "django.po"
JAPANESE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uff01-\uff5e]")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}|%[sd]")
KEYWORDS = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None,
    "ngettext": (1, 2), "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3), "npgettext_lazy": ((1, "c"), 2, 3),
}  # fmt: skip
Key = tuple[str, str]  # context, sentence


def sentences(source: str) -> Iterator[Key]:
    """Sentences marked for translation in Python text, with their context."""
    for _line, name, found, _comments in extract_python(io.BytesIO(source.encode()), list(KEYWORDS), [], {}):
        texts = [found] if isinstance(found, str) else [text for text in found if isinstance(text, str)]
        if name.startswith(("pgettext", "npgettext")) and len(texts) > 1:
            yield texts[0], texts[1]
        elif texts:
            yield "", texts[0]


def from_python() -> dict[Key, str]:
    """Sentences of the packages with the file they stand in."""
    found: dict[Key, str] = {}
    for package in PACKAGES:
        for file in sorted((BASE / package).rglob("*.py")):
            if "migrations" not in file.parts:
                for key in sentences(file.read_text("utf-8")):
                    found.setdefault(key, str(file.relative_to(BASE)))
    return found


def from_templates() -> dict[Key, str]:
    """Sentences of the templates with the file they stand in."""
    from django.conf import settings
    from django.utils.translation.template import templatize

    settings.configure()
    found: dict[Key, str] = {}
    for file in sorted((BASE / "templates").rglob("*.*")):
        # Templatize leaves calls among blanks; brackets make it one Python expression.
        source = "(\n" + templatize(file.read_text("utf-8"), origin=str(file)) + "\n)"
        for key in sentences(source):
            found.setdefault(key, str(file.relative_to(BASE)))
    return found


def japanese_in_templates() -> Iterator[str]:
    """Templates with Japanese letters outside comments: such text cannot be shown in English."""
    for file in sorted((BASE / "templates").rglob("*.*")):
        text = re.sub(r"\{#.*?#\}|\{% comment.*?endcomment %\}", "", file.read_text("utf-8"), flags=re.DOTALL)
        for number, line in enumerate(text.splitlines(), 1):
            if JAPANESE.search(line.replace("日本語", "")):  # the name of the language itself
                yield f"{file.relative_to(BASE)}:{number}: Japanese in a template: {line.strip()[:80]}"


def japanese_in_messages(found: dict[Key, str]) -> Iterator[str]:
    for (_context, sentence), file in found.items():
        if JAPANESE.search(sentence):
            yield f"{file}: a sentence for translation must be English: {sentence[:80]}"


def gaps(found: dict[Key, str]) -> Iterator[str]:
    """What the catalogue lacks or does wrong."""
    with CATALOGUE.open("rb") as source:
        catalogue = read_po(source, locale="ja")
    known = {
        (message.context or "", message.id[0] if isinstance(message.id, tuple) else message.id): message
        for message in catalogue
        if message.id
    }
    for key, file in found.items():
        message = known.get(key)
        if message is None or not all(message.string if isinstance(message.string, tuple) else [message.string]):
            yield f"{file}: not translated: {key[1]!r}"
    for (_context, sentence), message in known.items():
        japanese = message.string[0] if isinstance(message.string, tuple) else message.string
        if message.fuzzy:
            yield f"fuzzy: {sentence!r}"
        if japanese and not set(PLACEHOLDER.findall(japanese)) <= set(PLACEHOLDER.findall(str(message.id))):
            yield f"placeholders differ: {sentence!r}"


def main() -> int:
    """Print every gap; 0 when there is none."""
    found = from_python() | from_templates()
    problems = [*japanese_in_messages(found), *japanese_in_templates(), *gaps(found)]
    print(f"{len(found)} sentences, {len(problems)} problems", *problems, sep="\n")
    return 1 if problems or not found else 0


if __name__ == "__main__":
    sys.exit(main())
