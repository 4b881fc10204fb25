"""The checks of `make check` can fail."""

from __future__ import annotations

import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

BASE = Path(settings.BASE_DIR)


def script(name: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, str(BASE / "scripts" / name), *arguments]
    return subprocess.run(words, cwd=BASE, env=os.environ | environment, capture_output=True, text=True)


def test_bandit_tells_what_nobody_judged(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("import pickle\npickle.loads(open('x', 'rb').read())\n")
    found = script("check_bandit.py", str(tmp_path))
    assert found.returncode == 1
    assert "one.py:2: B301" in found.stdout
    (tmp_path / "one.py").write_text(
        "import pickle  # noqa: S403 a test\npickle.loads(open('x', 'rb').read())  # noqa: S301 a test\n"
    )
    assert script("check_bandit.py", str(tmp_path)).returncode == 0


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A small project with one Python file, one template, one catalogue."""
    shutil.copytree(BASE / "scripts", tmp_path / "scripts")
    for folder in ("secdesk", "incidents", "templates", "locale/ja/LC_MESSAGES"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "secdesk" / "x.py").write_text('_("Save")\nngettext("%(n)d day", "%(n)d days", n)\n')
    (tmp_path / "templates" / "x.html").write_text(
        '  <p>{% translate "Back" %}</p>\n{% blocktranslate trimmed %}\n  Hello\n  {{ name }}\n{% endblocktranslate %}'
    )
    (tmp_path / "locale/ja/LC_MESSAGES/django.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
        'msgid "Save"\nmsgstr "保存"\n\nmsgid "Back"\nmsgstr "戻る"\n\n'
        'msgid "Hello %(name)s"\nmsgstr "%(name)sさん"\n\n'
        'msgid "%(n)d day"\nmsgid_plural "%(n)d days"\nmsgstr[0] "%(n)d日"\n'
    )
    return tmp_path


def translations(house: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(house / "scripts" / "check_translations.py"), *words]
    return subprocess.run(command, capture_output=True, text=True)


def test_a_complete_catalogue_passes_and_stays_whole(house: Path) -> None:
    assert translations(house).returncode == 0, translations(house).stdout
    assert translations(house, "--update").returncode == 0
    assert translations(house).returncode == 0


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("secdesk/y.py", '_("New")', "not translated: 'New'"),
        ("secdesk/y.py", 'pgettext("door", "Back")', "not translated: 'Back'"),
        ("secdesk/y.py", '_("新しい")', "must be English"),
        ("templates/y.html", '{% translate "New" %}', "not translated: 'New'"),
        ("templates/y.html", "<p>新しい</p>", "Japanese in a template"),
        ("locale/more", '#, fuzzy\nmsgid "Old"\nmsgstr "古い"\n', "fuzzy"),
        ("locale/more", 'msgid "%(a)s"\nmsgstr "%(b)s"\n', "placeholders differ"),
    ],
)
def test_what_is_missing_is_told(house: Path, file: str, text: str, told: str) -> None:
    if file == "locale/more":
        with (house / "locale/ja/LC_MESSAGES/django.po").open("a") as catalogue:
            catalogue.write("\n" + text)
    else:
        (house / file).write_text(text)
    found = translations(house)
    assert found.returncode == 1
    assert told in found.stdout


def test_a_leg_that_cannot_run_is_named_and_fails_where_all_must_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    names = runpy.run_path(str(BASE / "scripts" / "run_tests.py"))
    leg = names["Leg"]("PostgreSQL", [], {"DATABASE_URL": ""}, missing="not reachable")
    monkeypatch.setitem(names["main"].__globals__, "legs", lambda **_: [leg])
    monkeypatch.delenv("SECDESK_CI", raising=False)
    assert names["main"]() == 0
    assert "PostgreSQL: NOT RUN (not reachable)" in capsys.readouterr().out
    monkeypatch.setenv("SECDESK_CI", "1")
    assert names["main"]() == 1


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"ratio": 3.1, "limit": 3}, "ratio"),
        ({"page_ms": 61.0, "queries": 9}, "page_ms"),
        ({"queries": 16}, "queries"),
        ({"mb": 201, "limit_mb": 200}, "mb"),
        ({"per_second": 19_999, "limit_per_second": 20_000}, "per_second"),
    ],
)
def test_the_bench_names_every_limit_that_is_passed(value: dict[str, object], told: str) -> None:
    from tests.bench.__main__ import over

    figure = {"name": "x", "limit": None, "queries": None, **value}
    assert over(figure).startswith(told)
    assert over({"name": "x", "limit": 3, "ratio": 2.9, "queries": 15, "page_ms": 59.0, "mb": 900}) == ""
