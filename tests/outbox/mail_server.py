"""A real SMTP server that answers as it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import Message
from email.parser import BytesParser
from email.policy import default as policy
from typing import Any

from aiosmtpd.controller import Controller

from tests.processes import free_port

OK = "250 OK"


class MailServer:
    """Keeps what it took; `answers` are given to the next mails instead of OK, in order."""

    def __init__(self) -> None:
        self.taken: list[Message] = []
        self.answers: list[str] = []
        self.refused_addresses: dict[str, str] = {}
        self.before_answer: Callable[[], None] | None = None  # called when a mail is in, before the answer is out

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refused_addresses:
            return self.refused_addresses[address]
        envelope.rcpt_tos.append(address)
        return OK

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = self.answers.pop(0) if self.answers else OK
        if answer == OK:
            self.taken.append(BytesParser(policy=policy).parsebytes(envelope.content))
        if self.before_answer is not None:
            self.before_answer()
        return answer

    def ids(self) -> list[str]:
        return [mail["Message-ID"] for mail in self.taken]


@contextmanager
def mail_server() -> Iterator[tuple[MailServer, int]]:
    """A server and its port."""
    server = MailServer()
    controller = Controller(server, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield server, controller.port
    finally:
        controller.stop()
