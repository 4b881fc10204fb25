"""Leases: who holds a piece of work, and a heartbeat that keeps it while the process lives."""

from __future__ import annotations

import datetime as dt
import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import DatabaseError, connections

log = logging.getLogger("secdesk.work")


def new_holder() -> str:
    """Name of this process as a holder of leases; unique even when a process id comes again."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(4)}"


@contextmanager
def kept_alive(extend: Callable[[], bool], lease: dt.timedelta) -> Iterator[threading.Event]:
    """Call `extend` three times per lease from a thread until the block ends.

    Gives an event that is set when `extend` says the lease has gone to somebody else. A database that
    can't be reached for the moment is no loss yet: the next beat tries again.
    """
    ended, lost = threading.Event(), threading.Event()

    def beat() -> None:
        try:
            while not ended.wait(lease.total_seconds() / 3) and not lost.is_set():
                try:
                    if not extend():
                        lost.set()
                except DatabaseError:
                    log.warning("heartbeat of a lease could not be written")
        finally:
            connections.close_all()

    thread = threading.Thread(target=beat, name="lease", daemon=True)
    thread.start()
    try:
        yield lost
    finally:
        ended.set()
        thread.join()
