"""Kinds of long work that only tests have."""

from __future__ import annotations

import contextlib
from typing import Any

from incidents.permissions import IncidentPerm
from secdesk.core.tasks.context import TaskContext, TaskRefused
from secdesk.core.tasks.registry import task


class Hooks:
    """What a test wants to happen at a step, and which steps were done."""

    at_step: dict[int, Any] = {}
    seen: list[int] = []


@task("test.count", title="数える", resumable=True)
def count(context: TaskContext) -> None:
    """Counts to `params["to"]`, a cursor at each step."""
    context.expect(context.params["to"])
    for step in range(context.cursor or 0, context.params["to"]):
        if step in Hooks.at_step:
            Hooks.at_step.pop(step)(context)
        Hooks.seen.append(step)
        with contextlib.suppress(Exception):  # what an import does for one bad row
            context.advance(cursor=step + 1)


@task("test.once", title="一度だけ")
def once(context: TaskContext) -> None:
    """Can't be begun again."""
    context.expect(2)
    context.advance()


@task("test.export", title="書き出す", permission=IncidentPerm.WORK, resumable=True)
def export(context: TaskContext) -> None:
    """Writes a file of `params["size"]` bytes."""
    with context.result("一覧.csv", "text/csv; charset=utf-8") as out:
        Hooks.at_step.pop(0, lambda context: None)(context)
        left = context.params.get("size", 10)
        while left > 0:
            left -= out.write(b"0123456789"[: min(10, left)])
        context.advance()


@task("test.refuse", title="取り込む")
def refuse(context: TaskContext) -> None:
    """Says in a file what is wrong."""
    with context.result("エラー.csv", "text/csv; charset=utf-8") as out:
        out.write("3行目 生年月日".encode())
    raise TaskRefused


@task("test.break", title="壊れる")
def break_(context: TaskContext) -> None:
    """Breaks, with a name in its message."""
    raise ValueError("住民 花子")
