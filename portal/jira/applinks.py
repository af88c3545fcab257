"""Making an application link with its incoming side by the REST interface of Jira's applinks plugin (A13).

Atlassian documents none of it. Paths and bodies are those that administrators' scripts are known to use on
Jira before version 9; on Jira 9 and later nobody has confirmed them to us. The callback URL is no part of it:
Jira takes the one that comes with each request token.
"""

import re
from dataclasses import dataclass
from typing import Any

from portal.jira.answers import Code, JiraTrouble, trouble_from_response
from portal.jira.base_urls import BaseUrl
from portal.jira.json_text import loads
from portal.jira.readers import items, mapping, text
from portal.jira.token_session import JiraTokenSession

LINK = ("rest", "applinks", "3.0", "applicationlink")
HEADERS = {"Accept": "application/json", "X-Atlassian-Token": "no-check"}
_ID = re.compile(r"/applicationlink/([0-9A-Za-z-]{1,64})\Z")


def consumer(link_id: str) -> tuple[str, ...]:
    """The path of a link's incoming side."""
    return ("rest", "applinks-oauth", "1.0", "applicationlink", link_id, "authentication", "consumer")


@dataclass(frozen=True)
class NewLink:
    """The link that is wanted: name and application URL, and its incoming side. Nothing of it is secret."""

    name: str
    url: str
    consumer_key: str
    consumer_name: str
    public_pem: str

    @property
    def body(self) -> dict[str, Any]:
        """What makes the link."""
        addresses = {"rpcUrl": self.url, "displayUrl": self.url}
        return {"id": None, "name": self.name, **addresses, "typeId": "generic"}

    @property
    def consumer_body(self) -> dict[str, Any]:
        """What makes its incoming side, for people who consent only: nobody is acted for without."""
        return {
            "key": self.consumer_key,
            "name": self.consumer_name,
            "description": None,
            "sharedSecret": None,
            "publicKey": self.public_pem.strip(),
            "outgoing": False,
            "twoLOAllowed": False,
            "executingTwoLOUser": None,
            "twoLOImpersonationAllowed": None,
        }


class HalfMade(Exception):
    """Jira made the link and not its incoming side; ``trouble`` is what came instead."""

    def __init__(self, trouble: JiraTrouble) -> None:
        self.trouble = trouble
        super().__init__(str(trouble))


def make_link(session: JiraTokenSession, base_url: BaseUrl, link: NewLink) -> None:
    """Make the link, then its incoming side, with the rights of whoever ``session`` names.

    Raises JiraTrouble when Jira refused the link, or gave no answer: then it may be there all the same.
    Raises :class:`HalfMade` when it made the link, and not its incoming side.
    """
    made = _put(session, base_url, LINK, link.body)
    try:
        _put(session, base_url, consumer(_id_of(made)), link.consumer_body)
    except JiraTrouble as trouble:
        raise HalfMade(trouble) from None


def _put(session: JiraTokenSession, base_url: BaseUrl, path: tuple[str, ...], body: dict[str, Any]) -> bytes:
    response = session.request("PUT", base_url.url(path), json=body, headers=HEADERS)
    if trouble := trouble_from_response(response):
        raise trouble
    return bytes(response.content)


def _id_of(answer: bytes) -> str:
    """The id of what was made, from the address Jira says it has; the address itself is not called."""
    made = items(mapping(loads(answer)).get("resources-created"))
    found = _ID.search(text(made[0], "href")) if made else None
    if found is None:
        raise JiraTrouble(Code.BROKEN_ANSWER, expected="the id of the new link")
    return found[1]
