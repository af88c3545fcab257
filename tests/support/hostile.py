"""A Jira of our own making on loopback that answers as a test says: odd, hostile, over TLS."""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.jira.servers import Server, reply

MYSELF = {"key": "JIRAUSER7", "name": "mal", "displayName": "Mal Ory", "emailAddress": "mal@example.com"}
INFO = {"baseUrl": "https://mal.example.org", "version": "9.12.0", "serverTitle": "Odd Jira"}
REQUEST = "oauth_token={}&oauth_token_secret=cnry-hostile-request-secret&oauth_callback_confirmed=true"
ACCESS = "oauth_token=cnry-hostile-access-token&oauth_token_secret=cnry-hostile-token-secret"


class OddJira:
    """Answers of one Jira, by the end of the path. Change ``answers`` to say what comes next."""

    def __init__(self) -> None:
        self.given = 0
        self.answers: dict[str, bytes] = {
            "/access-token": form(ACCESS),
            "/rest/api/2/myself": as_json(MYSELF),
            "/rest/api/2/serverInfo": as_json(INFO),
            "/rest/api/2/field": as_json([]),
        }
        self.url = ""
        self.requests: list[bytes] = []

    def __call__(self, request: bytes) -> Iterator[bytes]:
        """What a request gets; request tokens are new each time unless a test says otherwise."""
        path = request.split(b" ", 2)[1].decode().partition("?")[0]
        found = next((answer for end, answer in self.answers.items() if path.endswith(end)), None)
        if found is None and path.endswith("/request-token"):
            self.given += 1
            found = form(REQUEST.format(f"odd-request-token-{id(self)}-{self.given}"))
        yield found or reply(b"", "404 Not Found", Content_Type="text/plain")


def form(text: str | bytes, status: str = "200 OK") -> bytes:
    """An answer of a token endpoint."""
    body = text if isinstance(text, bytes) else text.encode()
    return reply(body, status, Content_Type="text/plain;charset=utf-8")


def as_json(value: Any, **headers: str) -> bytes:
    """An answer of the REST API."""
    return reply(json.dumps(value).encode(), **headers)


@contextmanager
def odd_jira(tls: ssl.SSLContext | None = None) -> Iterator[OddJira]:
    """Run one until the block ends; over https when ``tls`` is given."""
    jira = OddJira()
    with Server(jira, tls=tls) as server:
        jira.url, jira.requests = server.url, server.requests
        yield jira
