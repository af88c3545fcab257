"""Client ids and secrets as Atlassian, its sites and Jira Data Center give them out: how they look, and what
is said of one that is wrong.

Atlassian's client id has 32 letters and digits, its secret begins with ATOA and is longer. A Jira Data Center
gives 32 and 64 hexadecimal digits.
"""

import re
from dataclasses import dataclass

CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{8,120}")
CLIENT_SECRET = re.compile(r"[\x21-\x7e]{16,512}")


@dataclass(frozen=True)
class ClientSide:
    """Where an app is made: the words for its two halves, and how its secrets look.

    ``taken``: another account goes by the app; ``other_secret``: another client id came without its secret.
    ``where`` is where both stand.
    """

    secret_shape: re.Pattern[str]
    where: str
    taken: str
    other_secret: str

    @property
    def no_secret(self) -> str:
        """What to do where there is none."""
        return f"Paste the client secret: {self.where}."

    def looks_like_secret(self, text: str) -> bool:
        """Whether a text looks as client secrets do; it must not be shown again, wherever it was pasted."""
        return self.secret_shape.match(text.strip()) is not None

    def wrong(self, client_id: str, secret: str, shared_id: str = "") -> dict[str, str]:
        """What is wrong with either of the two, or with both together, by field.

        ``shared_id``: the operator's client id, which nobody can take as their own.
        """
        told = {"client_id": self._wrong_id(client_id, shared_id), "client_secret": _wrong_secret(secret)}
        errors = {name: sentence for name, sentence in told.items() if sentence}
        together = self._wrong_together(client_id, secret)
        return {**errors, "client_secret": together} if together else errors

    def _wrong_id(self, client_id: str, shared_id: str) -> str | None:
        if not client_id:
            return f"Paste the client ID: {self.where}."
        if self.looks_like_secret(client_id):
            return f"This looks like the client secret. The client ID stands above it: {self.where}."
        if client_id == shared_id:
            return "This is the operator's app. Add an account that uses it, or paste your own app's."
        if not CLIENT_ID.fullmatch(client_id):
            return "A client ID has letters and digits only, about 32. Copy it with the copy button."
        return None

    def _wrong_together(self, client_id: str, secret: str) -> str | None:
        if not secret:
            return None
        if self.looks_like_secret(client_id) and not self.looks_like_secret(secret):
            return "This looks like the client ID: the two are swapped. Paste each into the other's field."
        if secret == client_id and CLIENT_ID.fullmatch(client_id) and not self.looks_like_secret(client_id):
            return f"This is the client ID once more. The client secret stands below it: {self.where}."
        return None


def _wrong_secret(secret: str) -> str | None:
    """An empty one is not wrong: one may be held."""
    if any(mark in secret for mark in "\r\n"):
        return "There is a line break inside the secret. Copy it again with the copy button."
    if any(mark.isspace() for mark in secret):
        return "There is a blank in the secret. Copy it again with the copy button."
    if secret and not CLIENT_SECRET.fullmatch(secret):
        return "This is too short for a client secret, or holds odd characters. Copy it again."
    return None


AT_ATLASSIAN = ClientSide(
    secret_shape=re.compile("ATOA"),
    where="developer console → your app → Settings",
    taken="Another ALM account uses this app already. An app has one callback URL, and each account its own: "
    "make another app in the developer console.",
    other_secret="Paste the secret of this app too; the one held is the former app's.",  # noqa: S106
)
IN_JIRA = ClientSide(
    secret_shape=re.compile(r"[0-9A-Fa-f]{48,}\Z"),
    where="Jira → Application links → More actions (…) beside the link → View credentials",
    taken="Another ALM account uses this incoming link already. A link has one redirect URL, and each "
    "account its own: make another incoming link in Jira.",
    other_secret="Paste the secret of this link too; the one held is the former link's.",  # noqa: S106
)
AT_SITE = ClientSide(
    secret_shape=AT_ATLASSIAN.secret_shape,
    where="Jira → Settings → Apps → OAuth credentials",
    taken="Another ALM account sends by this credential already. A credential belongs to one site: make "
    "another one in Jira, or use that account.",
    other_secret="Paste the secret of this credential too; the one held is the former one's.",  # noqa: S106
)
