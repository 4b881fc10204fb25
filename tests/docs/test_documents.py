"""What the documents say is true: links lead somewhere, commands and refusals exist, people are there."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

import secdesk
from secdesk.core.management.commands.write_permissions import page as permissions_page
from secdesk.home.demo.city import DEMO_PASSWORD, data

pytestmark = pytest.mark.once

BASE = Path(settings.BASE_DIR)
DOCUMENTS = sorted([*BASE.glob("*.md"), *(BASE / "docs").rglob("*.md")])


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: str(file.relative_to(BASE)))
def test_links_lead_somewhere(file: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", file.read_text("utf-8")):
        if not target.startswith("http"):
            assert (file.parent / target).exists(), target


def test_make_targets_named_in_documents_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (BASE / "Makefile").read_text("utf-8"), flags=re.MULTILINE))
    named = {name for file in DOCUMENTS for name in re.findall(r"`?\bmake ([a-z]+)\b", file.read_text("utf-8"))}
    assert {"run", "test", "check", "code", "bench", "messages", "lock"} <= named & targets
    commands = {name for file in DOCUMENTS for name in re.findall(r"`make ([a-z]+)", file.read_text("utf-8"))}
    assert commands <= targets


def test_commands_named_in_documents_exist() -> None:
    known = set(get_commands())
    for file in [*DOCUMENTS, *(BASE / "deploy").iterdir()]:
        named = set(re.findall(r"manage\.py ([a-z_]+)", file.read_text("utf-8")))
        assert named <= known, (file, named - known)


def test_refusals_are_listed() -> None:
    listed = re.findall(r"\| (secdesk\.E\d+) \|", (BASE / "docs" / "operations.md").read_text("utf-8"))
    raised = re.findall(r'id="(secdesk\.E\d+)"', (BASE / "secdesk/core/desk/safety.py").read_text("utf-8"))
    assert listed == sorted(set(raised))


def test_people_of_the_readme_are_in_the_demo_city() -> None:
    text = (BASE / "README.md").read_text("utf-8")
    numbers = {row["number"] for row in data()["people"]}
    named = re.findall(r"^\| [^|]+ \| `(\w+)` \| `([^`]+)` \|", text, flags=re.MULTILINE)
    assert len(named) >= 4
    for number, password in named:
        assert number in numbers
        assert password == DEMO_PASSWORD


def test_the_edition_is_the_same_everywhere() -> None:
    project = tomllib.loads((BASE / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == secdesk.__version__


def test_decisions_are_numbered_and_listed() -> None:
    pages = sorted(file.name for file in (BASE / "docs" / "adr").glob("0*.md"))
    assert [int(name[:4]) for name in pages] == list(range(1, len(pages) + 1))
    listed = re.findall(r"\((0[^)]+)\)", (BASE / "docs" / "adr" / "README.md").read_text("utf-8"))
    assert listed == pages


def test_scripts_for_the_shell_have_no_mistakes_of_grammar() -> None:
    for script in (BASE / ".ci" / "run", BASE / "scripts" / "remake_migrations.sh"):
        assert script.stat().st_mode & 0o111
        assert subprocess.run(["bash", "-n", str(script)], capture_output=True).returncode == 0


def test_the_page_of_permissions_is_true() -> None:
    written = (BASE / "docs" / "permissions.md").read_text("utf-8")
    assert written == permissions_page(), "run: manage.py write_permissions"
