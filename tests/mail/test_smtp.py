"""The wire to the mail server: encrypted or not at all, and every trouble by its name."""

import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from portal.config import Settings
from portal.errors import StartRefused
from portal.mail import smtp
from portal.mail.smtp import Message, Server, deliver, server_of
from portal.mail.troubles import Code, MailTrouble
from portal.secret import Secret
from tests.jira.servers import Authority
from tests.support import canaries
from tests.support.post import PostOffice, post_office

ELSEWHERE = "127.0.0.2"  # not one of the names that count as this machine
MESSAGE = Message("mia@example.org", "Subject", "Text", "<1@example.org>")


def server(office: PostOffice, *, smtps: bool = False, user: str = "", password: str = "") -> Server:
    return Server(office.host, office.port, smtps, user, Secret(password), "almoner@example.org")


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """How a server shows a certificate for ELSEWHERE, issued by an authority this machine knows."""
    authority = Authority.make()
    (tmp_path / "authority.pem").write_text(authority.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    return authority.server_context(tmp_path, ELSEWHERE)


def trouble_of(to: Server, message: Message = MESSAGE) -> MailTrouble:
    with pytest.raises(MailTrouble) as caught:
        deliver(to, message)
    assert message.recipient not in str(caught.value)
    return caught.value


def test_starttls(tls: ssl.SSLContext) -> None:
    with post_office(ELSEWHERE, starttls=tls) as office:
        deliver(server(office), MESSAGE)
    assert office.recipients == ["mia@example.org"]


def test_smtps(tls: ssl.SSLContext) -> None:
    with post_office(ELSEWHERE, smtps=tls) as office:
        deliver(server(office, smtps=True), MESSAGE)
    assert office.recipients == ["mia@example.org"]


def test_without_encryption_nothing_leaves_this_machine() -> None:
    password = canaries.new("mail-password")
    with post_office(ELSEWHERE) as office:
        trouble = trouble_of(server(office, user="almoner", password=password))
    assert (trouble.code, trouble.lasting, office.mails) == (Code.NOT_ENCRYPTED, False, [])


@pytest.mark.parametrize("smtps", [False, True], ids=["starttls", "smtps"])
def test_a_certificate_nobody_vouches_for(
    smtps: bool, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with post_office(ELSEWHERE, **{"smtps" if smtps else "starttls": tls}) as office:  # type: ignore[arg-type]
        assert trouble_of(server(office, smtps=smtps)).code is Code.CERTIFICATE


def test_a_certificate_of_another_host(tls: ssl.SSLContext) -> None:
    with post_office("127.0.0.3", starttls=tls) as office:
        assert trouble_of(server(office)).code is Code.CERTIFICATE


def test_signing_in(tls: ssl.SSLContext) -> None:
    password = canaries.new("mail-password")
    with post_office(ELSEWHERE, starttls=tls, password=password) as office:
        deliver(server(office, user="almoner", password=password), MESSAGE)
        assert len(office.mails) == 1
        trouble = trouble_of(server(office, user="almoner", password="wrong"))
    assert (trouble.code, trouble.lasting) == (Code.SIGN_IN, False)


def test_nobody_listens() -> None:
    assert trouble_of(server(PostOffice(port=9))).code is Code.UNREACHABLE


@contextmanager
def saying(*pieces: bytes, every: float = 0.05) -> Iterator[PostOffice]:
    """A server that says this, piece by piece, whatever it is told, and then nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def speak() -> None:
            connection, _ = listener.accept()
            with connection, suppress(OSError):  # whoever listens may have hung up
                for piece in pieces:
                    time.sleep(every)
                    connection.sendall(piece)
                connection.recv(65536)
                time.sleep(1)

        threading.Thread(target=speak, daemon=True).start()
        yield PostOffice(port=listener.getsockname()[1])


def test_a_server_that_says_nothing_has_a_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "DEADLINE_SECONDS", 0.5)
    with saying() as office:
        assert trouble_of(server(office)).code is Code.UNREACHABLE


def test_a_server_that_says_everything_slowly_has_the_same_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "DEADLINE_SECONDS", 0.8)
    greeting = [bytes([byte]) for byte in b"220 hello\r\n"]
    with saying(*greeting, b"250 yes\r\n" * 3 + b"354 go on\r\n250 taken\r\n", every=0.15) as office:
        assert trouble_of(server(office)).code is Code.UNREACHABLE


@pytest.mark.parametrize("greeting", [b"554 go away\r\n", b"\x00\xff\r\n", b"HTTP/1.1 400 Bad\r\n\r\n"])
def test_what_is_no_mail_server_or_will_not_talk(greeting: bytes) -> None:
    with saying(greeting) as office:
        assert trouble_of(server(office)).code in (Code.BUSY, Code.UNREACHABLE)


@pytest.mark.parametrize(
    ("where", "answer", "code", "lasting"),
    [
        ("recipient", "550 unknown", Code.RECIPIENT, True),
        ("recipient", "451 later", Code.BUSY, False),
        ("data", "554 looks like spam", Code.CONTENT, True),
        ("data", "452 full", Code.BUSY, False),
    ],
)
def test_what_is_refused(where: str, answer: str, code: Code, lasting: bool) -> None:
    with post_office() as office:
        setattr(office, where, lambda said: f"{answer} mia@example.org")
        trouble = trouble_of(server(office))
    assert (trouble.code, trouble.lasting) == (code, lasting)


def test_an_address_the_server_has_no_letters_for() -> None:
    with post_office() as office:
        trouble = trouble_of(server(office), Message("mïa@example.org", "Subject", "Text", "<1@example.org>"))
    assert (trouble.code, trouble.lasting) == (Code.RECIPIENT, True)


def test_a_subject_is_one_line() -> None:
    with post_office() as office:
        deliver(server(office), Message("mia@example.org", "One\r\nBcc: eve@example.org", "T", "<1@x>"))
    assert office.recipients == ["mia@example.org"]
    assert office.mails[0]["Subject"] == "One Bcc: eve@example.org"


@pytest.mark.parametrize("mode", [0o644, None], ids=["readable", "missing"])
def test_a_password_file_that_is_not_right(mode: int | None, tmp_path: Path) -> None:
    path = tmp_path / "password"
    if mode:
        path.write_text("x")
        path.chmod(mode)
    settings = Settings(
        smtp_url="smtps://almoner@mail.example.org", smtp_password_file=path, mail_from="a@example.org"
    )
    with pytest.raises(StartRefused, match=r"chmod 0400|is not there"):
        server_of(settings)


def test_the_address_of_the_server(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("PASSWORD\n")
    path.chmod(0o400)
    settings = Settings(
        smtp_url="smtps://al%40moner@mail.example.org", smtp_password_file=path, mail_from="a@example.org"
    )
    found = server_of(settings)
    assert found == Server("mail.example.org", 465, True, "al@moner", Secret("PASSWORD"), "a@example.org")
    assert "PASSWORD" not in repr(found)


def mail_test(office: PostOffice | None, folder: Path) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "ALMONER_INSTANCE": str(folder)}
    if office:
        environment |= {
            "ALMONER_SMTP_URL": f"smtp://127.0.0.1:{office.port}",
            "ALMONER_MAIL_FROM": "a@b.example",
        }
    command = [sys.executable, "-m", "portal.cli", "mail-test", "mia@example.org"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def test_the_command_says_what_went_wrong(tmp_path: Path) -> None:
    with post_office() as office:
        done = mail_test(office, tmp_path)
        assert (done.returncode, office.recipients) == (0, ["mia@example.org"])
        assert "has taken the message" in done.stdout
        office.recipient = lambda address: "550 unknown"
        refused = mail_test(office, tmp_path)
    assert (refused.returncode, "does not take this recipient" in refused.stderr) == (1, True)
    assert "does not answer" in mail_test(PostOffice(port=9), tmp_path).stderr
    assert "ALMONER_SMTP_URL" in mail_test(None, tmp_path).stderr
