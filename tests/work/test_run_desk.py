"""The one parent: both children answer, both are gone after Ctrl-C, after a kill, and when one of them dies."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import Installation, alive, children_of, free_port, installation, wait_until

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installation(tmp_path_factory.mktemp("desk")) as made:
        yield made


def status(port: int, path: str) -> int:
    try:
        with urllib.request.urlopen(f"http://localhost:{port}{path}", timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


@pytest.fixture
def running(desk: Installation) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A desk whose web server answers and whose scheduler has beaten."""
    port = free_port()
    # A killed scheduler of an earlier test may still count as alive; readyz must wait for this one.
    desk.python("from secdesk.core.work.models import SchedulerBeat as B; B.objects.all().delete()")
    parent = desk.start("run_desk", "--port", str(port), "--workers", "1", stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: status(port, "/readyz") == 200)
        yield parent, port
    finally:
        for pid in (*children_of(parent.pid), parent.pid):
            if alive(pid):
                os.kill(pid, signal.SIGKILL)
        parent.wait()


def child(parent: int, name: str) -> int:
    return next(pid for pid in children_of(parent) if name.encode() in Path(f"/proc/{pid}/cmdline").read_bytes())


def test_ctrl_c_stops_both_in_good_order(running: tuple[subprocess.Popen[bytes], int], desk: Installation) -> None:
    parent, port = running
    assert status(port, "/healthz") == 200
    family, scheduler = children_of(parent.pid), child(parent.pid, "run_scheduler")
    assert len(family) >= 3  # gunicorn, its worker, the scheduler
    parent.send_signal(signal.SIGINT)
    assert parent.wait(timeout=30) == 0
    assert not [pid for pid in family if alive(pid)]
    assert status(port, "/healthz") == 0
    beats = "from secdesk.core.work.models import SchedulerBeat as B; print([beat.holder for beat in B.objects.all()])"
    assert f":{scheduler}:" not in desk.python(beats)  # the scheduler took leave


@pytest.mark.parametrize("name", ["run_scheduler", "gunicorn"])
def test_the_desk_ends_when_one_child_dies(running: tuple[subprocess.Popen[bytes], int], name: str) -> None:
    parent, _port = running
    family = children_of(parent.pid)
    os.kill(child(parent.pid, name), signal.SIGKILL)
    assert parent.wait(timeout=30) == 1
    wait_until(lambda: not [pid for pid in family if alive(pid)])


def test_nothing_stays_behind_when_the_parent_is_killed(running: tuple[subprocess.Popen[bytes], int]) -> None:
    parent, _port = running
    family = children_of(parent.pid)
    parent.kill()
    parent.wait()
    wait_until(lambda: not [pid for pid in family if alive(pid)])


def test_a_port_in_use_is_said_in_one_sentence(desk: Installation) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = desk.run("run_desk", "--port", str(port), check=False)
    assert done.returncode == 1
    assert f"ポート {port} は別のプログラムが使っています" in done.stderr
    assert f"Port {port} is in use" in done.stderr
    assert "Traceback" not in done.stderr
