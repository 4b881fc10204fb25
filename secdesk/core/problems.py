"""Refusals that every page answers in the same way; secdesk/home/errors.py draws them."""

from __future__ import annotations

import datetime as dt


class TooManyRequests(Exception):
    """Asked too often; `wait` says when it is worth asking again."""

    def __init__(self, wait: dt.timedelta) -> None:
        super().__init__(str(wait))
        self.wait = wait
