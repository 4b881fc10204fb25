"""docs/configuration.md names exactly the variables the code reads, with their defaults."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from django.conf import settings

BASE = Path(settings.BASE_DIR)
PAGE = (BASE / "docs" / "configuration.md").read_text("utf-8")
EXAMPLE = (BASE / "deploy" / "secdesk.env.example").read_text("utf-8")
NAME = re.compile(r"\b(?:SECDESK_[A-Z_]+|DATABASE_URL)\b")


def read_by_settings() -> dict[str, ast.expr | None]:
    """Variables read by `env.<type>("NAME", default=…)` with their default."""
    found = {}
    for node in ast.walk(ast.parse((BASE / "secdesk" / "settings.py").read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_env(node.func.value):
            assert isinstance(node.args[0], ast.Constant)
            found[str(node.args[0].value)] = next((k.value for k in node.keywords if k.arg == "default"), None)
    return found


def _is_env(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "env"


def read_by_scripts() -> set[str]:
    """Variables read from `os.environ` elsewhere."""
    text = "".join(file.read_text("utf-8") for file in (BASE / "scripts").glob("*.py"))
    return set(re.findall(r'environ\.get\("(SECDESK_[A-Z_]+)"', text))


def described() -> dict[str, str]:
    """Variables of the page with the column of defaults."""
    return dict(re.findall(r"^\| `([A-Z_]+)` \| (.+?) \|", PAGE, flags=re.MULTILINE))


def test_every_variable_is_described_and_nothing_else() -> None:
    assert set(described()) == set(read_by_settings()) | read_by_scripts()


def test_plain_defaults_are_as_described() -> None:
    for name, default in read_by_settings().items():
        if isinstance(default, ast.Constant) and default.value != "":
            value = str(default.value).lower() if isinstance(default.value, bool) else str(default.value)
            assert f"`{value}`" in described()[name], name


def test_the_production_example_uses_known_variables() -> None:
    used = set(re.findall(r"^#? ?([A-Z_]+)=", EXAMPLE, flags=re.MULTILINE))
    assert used
    assert used <= set(read_by_settings())


def test_documents_name_no_unknown_variable() -> None:
    known = set(described()) | {"SECDESK_TEST_POSTGRES", "SECDESK_CI"}
    for file in [*BASE.glob("*.md"), *(BASE / "docs").rglob("*.md"), *(BASE / "deploy").glob("*")]:
        assert set(NAME.findall(file.read_text("utf-8"))) <= known, file
