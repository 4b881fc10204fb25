"""The laws of the house that a reader of the source can check (docs/architecture.md)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from secdesk.core.access import registered
from secdesk.core.ledger.events import Event

pytestmark = pytest.mark.once

BASE = Path(__file__).resolve().parent.parent
# Floors of the house; an app imports from its own and from lower ones. Apps on one floor do not know each other.
FLOORS = {
    "secdesk.core": 0,
    "secdesk.accounts": 1,
    "policies": 2,
    "incidents": 3,
    "audits": 3,
    "training": 3,
    "secdesk.home": 4,
}
LABELS = {name.rpartition(".")[2]: name for name in FLOORS}
# Wiring that names every app: settings, the URL table, the way in for the web server.
EXCEPTED = {"secdesk/settings.py", "secdesk/urls.py", "secdesk/wsgi.py", "secdesk/__init__.py"}
# Named before anything can happen: people are disabled and roles end on pages that come later.
NOT_YET = {"PERSON_DISABLED", "ROLE_ENDED"}
VAGUE_NAMES = {"utils", "helpers", "common", "managers", "misc", "signals"}
# Where a transaction may begin besides services and commands, and why.
ATOMIC = {
    "secdesk/core/history.py",  # the past in bulk, a batch with its entries
    "secdesk/core/desk/backup.py",  # what was restored and its new epoch
    "secdesk/core/ledger/export.py",  # that somebody exported
    "secdesk/core/ledger/outside.py",  # that a seal came back from outside
    "secdesk/core/outbox/sending.py",  # lease and result of one mail
    "secdesk/core/ledger/seal.py",  # entries, their seals and the checkpoint belong together
    "secdesk/core/ledger/disposal.py",  # details go with the entry that says so
    "secdesk/core/states.py",  # the move: compare-and-set with its ledger entry
    "secdesk/accounts/sessions.py",  # the session store: Django calls it, no service stands between
    "secdesk/accounts/kept_forms.py",  # kept in the middleware before anybody is logged in
    "secdesk/home/demo/city.py",  # the demo city is one transaction
}


def sources() -> list[Path]:
    """Our modules, without migrations."""
    folders = ["secdesk", *(name for name in FLOORS if "." not in name and (BASE / name).is_dir())]
    found = [path for folder in folders for path in (BASE / folder).rglob("*.py") if "migrations" not in path.parts]
    assert len(found) > 40
    return found


def relative(path: Path) -> str:
    """Path as written in the sets above."""
    return path.relative_to(BASE).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    """The parsed module."""
    return ast.parse(path.read_text("utf-8"))


def app_of(module: str) -> str | None:
    """The app a dotted name belongs to."""
    return next((name for name in FLOORS if module == name or module.startswith(f"{name}.")), None)


def imports(path: Path) -> Iterator[str]:
    """Every dotted name a module imports, inside functions too, and models named as text."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{relative(path)}: imports are absolute"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in (
            "get_model", "import_module", "import_string", "ForeignKey", "OneToOneField", "ManyToManyField",
        ):  # fmt: skip
            for argument in node.args[:1]:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    label, _, rest = argument.value.partition(".")
                    yield f"{LABELS[label]}.{rest}" if label in LABELS else argument.value


@pytest.mark.parametrize("path", sources(), ids=relative)
def test_imports_point_downwards(path: Path) -> None:
    if relative(path) in EXCEPTED:
        pytest.skip("wiring")
    own = app_of(relative(path).removesuffix(".py").replace("/", "."))
    assert own, f"{relative(path)} belongs to no floor"
    for name in imports(path):
        other = app_of(name)
        if other is not None and other != own:
            assert FLOORS[other] < FLOORS[own], f"{relative(path)} imports {name}"


def test_the_import_test_sees_hidden_imports(tmp_path: Path) -> None:
    hidden = tmp_path / "hidden.py"
    hidden.write_text('def f():\n    import incidents.models\n\napps.get_model("incidents.Incident")\n')
    assert set(imports(hidden)) == {"incidents.models", "incidents.Incident"}


def test_only_the_door_knows_guardian() -> None:
    knowing = {relative(path) for path in sources() if any(name.split(".")[0] == "guardian" for name in imports(path))}
    assert knowing == {"secdesk/core/access.py"}


def test_our_logic_uses_no_signals() -> None:
    for path in sources():
        for name in imports(path):
            if name.startswith(("django.db.models.signals.", "django.core.signals.", "django.contrib.auth.signals.")):
                assert name.endswith((".pre_migrate", ".post_migrate")), f"{relative(path)} imports {name}"
            assert name not in ("django.dispatch.receiver", "django.dispatch.Signal"), relative(path)


def _begins_transaction(path: Path) -> bool:
    return any(
        isinstance(node, ast.Call | ast.Attribute | ast.Name)
        and (getattr(node, "attr", None) == "atomic" or getattr(node, "id", None) == "atomic")
        for node in ast.walk(tree(path))
    )


def test_transactions_begin_in_services() -> None:
    beginning = {relative(path) for path in sources() if _begins_transaction(path)}
    assert beginning
    elsewhere = {
        name for name in beginning
        if "/services/" not in name and not name.endswith("/services.py") and "/management/commands/" not in name
    }  # fmt: skip
    assert elsewhere <= ATOMIC, elsewhere - ATOMIC


def test_modules_have_a_noun_and_an_end() -> None:
    for path in sources():
        assert path.stem not in VAGUE_NAMES, f"{relative(path)}: name it after what it holds"
        length = len(path.read_text("utf-8").splitlines())
        assert length <= 500, f"{relative(path)} has {length} lines: split it by noun"


def _everything_but(name: str) -> str:
    return "\n".join(path.read_text("utf-8") for path in sources() if path.name != name)


def test_every_event_is_emitted() -> None:
    text = _everything_but("events.py")
    silent = [event.name for event in Event if not re.search(rf"Event\.{event.name}\b", text)]
    assert set(silent) <= NOT_YET, "events that nothing records"


def test_every_permission_is_held_and_used() -> None:
    text = _everything_but("permissions.py")
    assert registered()
    for permission, holders in registered().items():
        name = f"{type(permission).__name__}.{permission.name}"
        assert holders, f"nobody holds {name}"
        used = re.search(rf"{name}\b", text) is not None
        assert used, f"nothing asks for {name}"


def test_every_view_stays_short() -> None:
    for path in sources():
        if "views" not in path.parts and path.stem != "views":
            continue
        for node in tree(path).body:
            if isinstance(node, ast.FunctionDef):
                length = (node.end_lineno or 0) - node.lineno
                assert length <= 30, f"{relative(path)}: {node.name} has {length} lines"
