"""Reading a Jira's REST API into types. Paths are segments, never URLs; links in answers are not followed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http.client import NO_CONTENT
from typing import Any

import requests

from portal.jira.answers import Code, JiraTrouble, json_answer, trouble_from_response
from portal.jira.base_urls import BaseUrl
from portal.jira.oauth1 import JiraOAuth1Session
from portal.jira.oauth2 import JiraOAuth2Session
from portal.jira.readers import expect_object, integer, items, mapping, moment, text
from portal.jira.token_session import JiraTokenSession

JiraSession = JiraOAuth1Session | JiraOAuth2Session | JiraTokenSession
_READING = frozenset({"GET", "HEAD"})
# What a Jira says of a credential that it looked at and did not take.
_REFUSALS = frozenset({
    Code.UNAUTHORIZED, Code.FORBIDDEN, Code.ANONYMOUS, Code.SIGNATURE_INVALID, Code.SIGNATURE_INVALID_KEY,
    Code.SIGNATURE_INVALID_URL, Code.TOKEN_REJECTED,
})  # fmt: skip


@dataclass(frozen=True)
class Identity:
    """Who Jira takes us for. ``key`` stays when ``name`` changes; a hidden ``email`` is empty."""

    key: str
    name: str
    display_name: str
    email: str
    time_zone: str
    active: bool


@dataclass(frozen=True)
class ServerInfo:
    """What a Jira says of itself. ``base_url`` may differ from the one typed: then a proxy stands between."""

    base_url: str
    version: str
    build_number: int | None
    deployment_type: str
    server_title: str
    server_time: datetime | None


@dataclass(frozen=True)
class Field:
    """A field of a Jira. Match by ``schema_custom`` (a type), never by name: names are translated."""

    id: str
    name: str
    custom: bool
    schema_type: str
    schema_custom: str
    items: str


class JiraClient:
    """One Jira, spoken to with one identity. What goes wrong on the wire is always a JiraTrouble.

    ``api`` is where the platform's interface begins. ``points`` is what the calls so far cost of an app's
    hourly points on Jira Cloud.
    """

    def __init__(
        self, session: JiraSession, base_url: BaseUrl, read_only: bool = False, *, is_cloud: bool = False
    ) -> None:
        self._session = session
        self._base_url = base_url
        self.read_only = read_only
        self.is_cloud = is_cloud
        self.points = 0
        self.api = ("rest", "api", "3" if is_cloud else "2")

    @property
    def calls(self) -> int:
        """How many calls were begun with this identity."""
        return self._session.calls

    def get(self, segments: Sequence[str], query: Mapping[str, str | int] | None = None) -> Any:
        """The parsed JSON at a path, given as segments (T26); ``anonymous`` if Jira did not know us."""
        return self.call("GET", segments, query)

    def call(
        self,
        method: str,
        segments: Sequence[str],
        query: Mapping[str, str | int] | None = None,
        body: object | None = None,
    ) -> Any:
        """Any method, with a JSON body; None where a change is answered by 204.

        On a read-only account all but reading is ``read_only`` trouble.
        """
        if self.read_only and method not in _READING:
            raise JiraTrouble(Code.READ_ONLY, method=method)
        try:
            return self._answer(method, self._send(method, segments, query, body))
        except JiraTrouble as trouble:
            trouble.may_have_changed = method not in _READING and not trouble.is_of_renewal
            raise

    def _answer(self, method: str, response: requests.Response) -> Any:
        # Done, and nothing to tell: how Jira takes most changes.
        is_bare = response.status_code == NO_CONTENT and method not in _READING
        answer = None if is_bare and not trouble_from_response(response) else json_answer(response)
        cost = points_of(answer)
        self.points += cost  # one step: calls may be made side by side
        if response.headers.get("X-AUSERNAME", "").lower() == "anonymous":
            raise JiraTrouble(Code.ANONYMOUS, status=response.status_code)
        return answer

    def myself(self) -> Identity:
        """The identity behind the credential; ``anonymous`` when there is none, whatever the status."""
        answer = expect_object(self.get((*self.api, "myself")), "an identity")
        identity = Identity(
            key=text(answer, "key") or text(answer, "accountId"),
            name=text(answer, "name"),
            display_name=text(answer, "displayName"),
            email=text(answer, "emailAddress"),
            time_zone=text(answer, "timeZone"),
            active=answer.get("active") is not False,
        )
        if not identity.key and not identity.name:
            raise JiraTrouble(Code.ANONYMOUS)
        return identity

    def server_info(self) -> ServerInfo:
        """Version and names of this Jira, which it tells anybody; ``not_jira`` if it is none."""
        return read_server_info(self._send("GET", (*self.api, "serverInfo")))

    def fields(self) -> list[Field]:
        """All fields, system and custom, that this identity may know of."""
        answer = self.get((*self.api, "field"))
        if not isinstance(answer, list):
            raise JiraTrouble(Code.BROKEN_ANSWER, expected="a list of fields")
        return [_field(item) for item in items(answer) if text(item, "id")]

    def forgery_refused(self) -> JiraTrouble | None:
        """The control of a test: ``myself`` with a spoiled signature, or with what nobody gave out.

        None means that Jira let it pass. Raises the JiraTrouble of what stopped the call before Jira came to
        look at the credential: that is no refusal, and proves nothing.
        """
        response = self._session.forged("GET", self._base_url.url((*self.api, "myself")))
        if trouble := trouble_from_response(response):
            if _is_refusal(trouble):
                return trouble
            raise trouble
        is_anonymous = response.headers.get("X-AUSERNAME", "").lower() == "anonymous"
        return JiraTrouble(Code.ANONYMOUS) if is_anonymous else None

    def _send(
        self,
        method: str,
        segments: Sequence[str],
        query: Mapping[str, str | int] | None = None,
        body: object | None = None,
    ) -> requests.Response:
        url = self._base_url.url(segments, query)
        self.points += 1
        headers = {"Accept": "application/json", "X-Atlassian-Token": "no-check"}
        return self._session.request(method, url, json=body, headers=headers)


def _is_refusal(trouble: JiraTrouble) -> bool:
    """Whether a credential was refused; also by a sign-in page, which a good one did not meet just before."""
    return trouble.code in _REFUSALS or trouble.evidence.get("login_page") == "yes"


def read_server_info(response: requests.Response) -> ServerInfo:
    """What serverInfo told; JiraTrouble ``not_jira`` where it is no Jira's."""
    answer = mapping(json_answer(response))
    info = ServerInfo(
        base_url=text(answer, "baseUrl"),
        version=text(answer, "version"),
        build_number=integer(answer, "buildNumber"),
        deployment_type=text(answer, "deploymentType"),
        server_title=text(answer, "serverTitle"),
        server_time=moment(answer, "serverTime"),
    )
    if not info.base_url or not info.version:
        raise JiraTrouble(Code.NOT_JIRA)
    return info


def points_of(answer: Any) -> int:
    """What an answer costs of an app's hourly points beside the call itself: one for each object (Atlassian,
    "Rate limiting")."""
    held = answer.get("issues", answer.get("values", [])) if isinstance(answer, dict) else answer
    return len(held) if isinstance(held, list) else 0


def _field(item: dict[str, Any]) -> Field:
    schema = mapping(item.get("schema"))
    return Field(
        id=text(item, "id"),
        name=text(item, "name"),
        custom=item.get("custom") is True,
        schema_type=text(schema, "type"),
        schema_custom=text(schema, "custom"),
        items=text(schema, "items"),
    )
