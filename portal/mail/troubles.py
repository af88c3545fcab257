"""What can go wrong between the portal and its mail server, by name, with a sentence for the operator."""

from enum import StrEnum

from portal.errors import PortalError


class Code(StrEnum):
    """One word for each; stored with a message that was given up."""

    OFF = "off"
    UNREACHABLE = "unreachable"
    CERTIFICATE = "certificate"
    NOT_ENCRYPTED = "not_encrypted"
    SIGN_IN = "sign_in"
    SENDER = "sender"
    RECIPIENT = "recipient"
    CONTENT = "content"
    BUSY = "busy"
    OVERTAKEN = "overtaken"


SENTENCES = {
    Code.OFF: "No mail server is set. Set ALMONER_SMTP_URL and ALMONER_MAIL_FROM.",
    Code.UNREACHABLE: "The mail server does not answer, or hangs up. Look whether ALMONER_SMTP_URL names the "
    "right host and port, whether it speaks smtps or smtp there, and whether a firewall stands between.",
    Code.CERTIFICATE: "The mail server's certificate is not valid for the host of ALMONER_SMTP_URL, or was "
    "issued by an authority this machine does not know. Use the name that stands in the certificate; for an "
    "authority of your own name its file in SSL_CERT_FILE.",
    Code.NOT_ENCRYPTED: "The mail server offers no encryption (STARTTLS) on this port, so nothing was sent. "
    "Switch it on there, or use smtps:// in ALMONER_SMTP_URL.",
    Code.SIGN_IN: "The mail server does not take the user and password. Look at the user in ALMONER_SMTP_URL "
    "and at the file of ALMONER_SMTP_PASSWORD_FILE.",
    Code.SENDER: "The mail server does not let this user send from the address of ALMONER_MAIL_FROM.",
    Code.RECIPIENT: "The mail server does not take this recipient. Check how the address is written.",
    Code.CONTENT: "The mail server takes the recipient, but not this message.",
    Code.BUSY: "The mail server cannot take the message now. Try again in a few minutes.",
    Code.OVERTAKEN: "Another worker has taken this message over.",
}


class MailTrouble(PortalError):
    """A message was not taken. ``lasting``: trying again would not help. Repeats nothing the server said,
    which may name the recipient."""

    def __init__(self, code: Code, *, lasting: bool = False) -> None:
        super().__init__(SENTENCES[code])
        self.code = code
        self.lasting = lasting
