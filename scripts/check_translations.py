"""Every sentence of the screen has its Japanese: complete, not fuzzy, placeholders kept, source in English.

Sentences are collected from the source by Babel and Django's own template reader, so that this
runs where gettext is not installed.
usage: check_translations.py [--update]     --update first brings the catalogue up to date with the source
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po, write_po

BASE = Path(__file__).resolve().parent.parent
PACKAGES = ("secdesk", "incidents")
CATALOGUE = BASE / "locale" / "ja" / "LC_MESSAGES" / "django.po"
JAPANESE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uff01-\uff5e]")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}|%[sd]")
HEADER = """# Japanese texts of the desk.
msgid ""
msgstr ""
"Project-Id-Version: secdesk\\n"
"Language: ja\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""
KEYWORDS = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None,
    "ngettext": (1, 2), "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3), "npgettext_lazy": ((1, "c"), 2, 3),
}  # fmt: skip
Key = tuple[str, str]  # context, sentence
Found = dict[Key, tuple[str, ...]]  # sentence (and its plural), file it stands in


def sentences(source: str) -> Iterator[tuple[Key, tuple[str, ...]]]:
    """Sentences marked for translation in Python text, with their context and plural."""
    for _line, name, found, _comments in extract_python(io.BytesIO(source.encode()), list(KEYWORDS), [], {}):
        texts = [found] if isinstance(found, str) else [text for text in found if isinstance(text, str)]
        context = texts.pop(0) if name.startswith(("pgettext", "npgettext")) else ""
        if texts:
            yield (context, texts[0]), tuple(texts[:2]) if "ngettext" in name or "npgettext" in name else (texts[0],)


def from_python() -> Found:
    """Sentences of the packages with the file they stand in."""
    found: Found = {}
    for package in PACKAGES:
        for file in sorted((BASE / package).rglob("*.py")):
            if "migrations" not in file.parts:
                for key, texts in sentences(file.read_text("utf-8")):
                    found.setdefault(key, (*texts, str(file.relative_to(BASE))))
    return found


def from_templates() -> Found:
    """Sentences of the templates with the file they stand in."""
    from django.conf import settings
    from django.utils.translation.template import templatize

    settings.configure()
    found: Found = {}
    for file in sorted((BASE / "templates").rglob("*.*")):
        # Templatize leaves calls among blanks; brackets make it one Python expression.
        source = "(\n" + templatize(file.read_text("utf-8"), origin=str(file)) + "\n)"
        for key, texts in sentences(source):
            found.setdefault(key, (*texts, str(file.relative_to(BASE))))
    return found


def japanese_in_templates() -> Iterator[str]:
    """Templates with Japanese letters outside comments: such text cannot be shown in English."""
    for file in sorted((BASE / "templates").rglob("*.*")):
        text = re.sub(r"\{#.*?#\}|\{% comment.*?endcomment %\}", "", file.read_text("utf-8"), flags=re.DOTALL)
        for number, line in enumerate(text.splitlines(), 1):
            if JAPANESE.search(line.replace("日本語", "")):  # the name of the language itself
                yield f"{file.relative_to(BASE)}:{number}: Japanese in a template: {line.strip()[:80]}"


def japanese_in_messages(found: Found) -> Iterator[str]:
    for (_context, sentence), (*_texts, file) in found.items():
        if JAPANESE.search(sentence):
            yield f"{file}: a sentence for translation must be English: {sentence[:80]}"


def messages() -> dict[Key, Message]:
    """The catalogue by context and sentence."""
    with CATALOGUE.open("rb") as source:
        catalogue = read_po(source, locale="ja")
    return {
        (message.context or "", message.id[0] if isinstance(message.id, tuple) else message.id): message
        for message in catalogue
        if message.id
    }


def update(found: Found) -> None:
    """Write the catalogue anew: what the source holds and is translated, sorted."""
    known, catalogue = messages(), Catalog(locale="ja", header_comment="", charset="utf-8", fuzzy=False)
    for key, (*texts, _file) in sorted(found.items(), key=lambda item: (item[0][1], item[0][0])):
        identity = tuple(texts) if len(texts) > 1 else texts[0]
        if key in known and known[key].string:  # an empty entry would win over a translation when branches merge
            catalogue.add(identity, known[key].string, context=key[0] or None)
    for message in catalogue:
        message.flags.discard("fuzzy")
    text = io.BytesIO()
    write_po(text, catalogue, width=0, omit_header=True)
    CATALOGUE.write_bytes(HEADER.encode() + text.getvalue())


def gaps(found: Found) -> Iterator[str]:
    """What the catalogue lacks or does wrong."""
    known = messages()
    for key, (*_texts, file) in found.items():
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
    if "--update" in sys.argv:
        update(found)
    problems = [*japanese_in_messages(found), *japanese_in_templates(), *gaps(found)]
    print(f"{len(found)} sentences, {len(problems)} problems", *problems, sep="\n")
    return 1 if problems or not found else 0


if __name__ == "__main__":
    sys.exit(main())
