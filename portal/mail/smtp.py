"""One message to the operator's mail server, by the standard library's client (RFC 5321).

Encrypted and verified, unless the server is on this machine. The whole delivery has one deadline, well below
the lease of a worker.
"""

import smtplib
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import localtime
from functools import partial
from io import BufferedReader, RawIOBase
from typing import Any
from urllib.parse import unquote, urlsplit

from portal.config import Settings
from portal.mail.troubles import Code, MailTrouble
from portal.secret import Secret, read_secret_file
from portal.setting_types import LOOPBACK_HOSTS

DEADLINE_SECONDS = 20.0
PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True)
class Server:
    """The operator's mail server and the address mail comes from."""

    host: str
    port: int
    is_smtps: bool
    user: str
    password: Secret
    sender: str


@dataclass(frozen=True)
class Message:
    """What is sent: to one address, in plain text. ``message_id`` is the same at every try."""

    recipient: str
    subject: str
    text: str
    message_id: str


def server_of(settings: Settings) -> Server | None:
    """The server of the settings; None where none is set.

    Raises :class:`StartRefused` when the password's file cannot be read, or can be by others.
    """
    if not settings.sends_mail:
        return None
    url, file = urlsplit(settings.smtp_url), settings.smtp_password_file
    return Server(
        host=url.hostname or "",
        port=url.port or PORTS[url.scheme],
        is_smtps=url.scheme == "smtps",
        user=unquote(url.username or ""),
        password=read_secret_file(file, "ALMONER_SMTP_PASSWORD_FILE") if file else Secret(""),
        sender=settings.mail_from,
    )


def deliver(server: Server, message: Message, may_send: Callable[[], bool] = lambda: True) -> None:
    """Hand the message over. ``may_send`` is asked last, when nothing but sending is left.

    Raises :class:`MailTrouble`, without anything the server said.
    """
    with _named_at_sign_in():
        client = _connected(server)
    try:
        with _named_at_sign_in():
            if not server.is_smtps and server.host not in LOOPBACK_HOSTS:
                client.starttls(context=ssl.create_default_context())
            if server.user:
                client.login(server.user, server.password.reveal())
        if not may_send():
            raise MailTrouble(Code.OVERTAKEN)
        with _named_at_sending():
            client.send_message(_composed(server, message), server.sender, message.recipient)
        with suppress(OSError):  # it was taken; how the server says goodbye does not matter
            client.quit()
    finally:
        client.close()


class _Answers(RawIOBase):
    """What a server says until ``until``; a socket's own timeout would begin anew with each byte."""

    def __init__(self, sock: socket.socket, until: float) -> None:
        self._sock, self._until = sock, until

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read some; raises TimeoutError."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left)
        return self._sock.recv_into(buffer)


class _Client(smtplib.SMTP):
    """Waits for all answers together until ``until`` (of the monotonic clock)."""

    def __init__(self, *arguments: Any, until: float, **more: Any) -> None:
        self._until = until
        super().__init__(*arguments, **more)

    def getreply(self) -> tuple[int, bytes]:
        """The next answer. Begun anew, once the connection is encrypted, the file is a new one."""
        if self.file is None and self.sock is not None:
            self.file = BufferedReader(_Answers(self.sock, self._until))
        return super().getreply()


class _TlsClient(_Client, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


def _connected(server: Server) -> smtplib.SMTP:
    # Made where it is used: to read all certificates of the machine takes longer than the rest of a letter.
    encrypted = partial(_TlsClient, context=ssl.create_default_context()) if server.is_smtps else None
    return (encrypted or _Client)(
        server.host,
        server.port,
        local_hostname=server.sender.rpartition("@")[2],  # else it would be asked of the name server
        timeout=DEADLINE_SECONDS / 2,
        until=time.monotonic() + DEADLINE_SECONDS,
    )


def _composed(server: Server, message: Message) -> EmailMessage:
    composed = EmailMessage()
    composed["From"] = server.sender
    composed["To"] = message.recipient
    composed["Subject"] = " ".join(message.subject.split())
    composed["Date"] = localtime()
    composed["Message-ID"] = message.message_id
    composed["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence answers it
    composed.set_content(message.text)
    return composed


@contextmanager
def _named_at_sign_in() -> Iterator[None]:
    """Name what goes wrong until the server knows us: matters of settings, which the operator can mend."""
    try:
        yield
    except smtplib.SMTPNotSupportedError:
        raise MailTrouble(Code.NOT_ENCRYPTED) from None
    except smtplib.SMTPAuthenticationError:
        raise MailTrouble(Code.SIGN_IN) from None
    except ssl.SSLCertVerificationError:
        raise MailTrouble(Code.CERTIFICATE) from None
    except smtplib.SMTPResponseException:
        raise MailTrouble(Code.BUSY) from None
    except OSError:  # the client's own errors among them
        raise MailTrouble(Code.UNREACHABLE) from None


@contextmanager
def _named_at_sending() -> Iterator[None]:
    """Name what goes wrong with this message. Answers from 500 on say that it will not help to try again."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        answers = [answer for answer, _ in error.recipients.values()]
        raise _refused(Code.RECIPIENT, max(answers)) from None
    except smtplib.SMTPSenderRefused:
        raise MailTrouble(Code.SENDER) from None
    except smtplib.SMTPDataError as error:
        raise _refused(Code.CONTENT, error.smtp_code) from None
    except (smtplib.SMTPNotSupportedError, UnicodeError):  # an address the server has no letters for
        raise MailTrouble(Code.RECIPIENT, lasting=True) from None
    except OSError:
        raise MailTrouble(Code.UNREACHABLE) from None


def _refused(code: Code, answer: int) -> MailTrouble:
    return MailTrouble(code, lasting=True) if answer >= 500 else MailTrouble(Code.BUSY)
