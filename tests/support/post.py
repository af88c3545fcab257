"""A mail server on a real socket of this machine, with what it was given; it may encrypt and refuse."""

import logging
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

# It tells every address; the portal's log in tests is the portal's.
logging.getLogger("mail.log").disabled = True

Say = Callable[[str], str | None]


@dataclass
class PostOffice:
    """``mails`` holds every message taken. ``recipient`` and ``data`` may refuse: an SMTP answer, or None."""

    host: str = "127.0.0.1"
    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    recipient: Say = lambda address: None
    data: Say = lambda content: None

    async def handle_RCPT(  # noqa: N802 - their name
        self, server: Any, session: Any, envelope: Envelope, address: str, options: Any
    ) -> str:
        answer = self.recipient(address)
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        answer = self.data(content.decode())
        if answer is None:
            self.recipients += envelope.rcpt_tos
            self.mails.append(message_from_bytes(content, policy=policy.default))  # type: ignore[arg-type]
        return answer or "250 OK"

    def texts(self, recipient: str) -> list[str]:
        """What was written to somebody."""
        return [mail.get_content() for mail in self.mails if mail["To"] == recipient]


def takes(password: str) -> Callable[..., AuthResult]:
    """An authenticator that takes one password."""

    def check(server: Any, session: Any, envelope: Any, mechanism: str, given: LoginPassword) -> AuthResult:
        return AuthResult(success=given.password == password.encode(), handled=False)

    return check


@contextmanager
def post_office(
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    starttls: ssl.SSLContext | None = None,
    smtps: ssl.SSLContext | None = None,
    password: str = "",
    say: PostOffice | None = None,
) -> Iterator[PostOffice]:
    """The server, until the block ends; on a free port unless one is given."""
    office = say or PostOffice()
    more: dict[str, Any] = {"tls_context": starttls, "require_starttls": starttls is not None}
    more["enable_SMTPUTF8"] = False
    if password:
        more |= {"authenticator": takes(password), "auth_required": True}
    controller = _Controller(office, hostname=host, port=port, ssl_context=smtps, **more)
    controller.start()
    assert controller.server is not None
    office.host, office.port = controller.server.sockets[0].getsockname()[:2]
    try:
        yield office
    finally:
        controller.stop()


class _Controller(Controller):
    """Theirs asks the port it was told whether the server has come up; ours may be any."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()
