"""Reading the base URL of a Jira that somebody typed or pasted."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from ipaddress import IPv4Address, IPv6Address
from typing import Self
from urllib.parse import quote, urlsplit

import idna

from portal.errors import PortalError
from portal.jira.addresses import AddressPolicy
from portal.jira.trouble import JiraTrouble

_MAX_LENGTH = 500
_DEFAULT_PORTS = {"https": 443, "http": 80}
_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*)://")
_LABELS = re.compile(r"^(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*$")
_NUMERIC = re.compile(r"^(0x[0-9a-f]*|[0-9]+)$")
_SEGMENT = re.compile(r"^[A-Za-z0-9._~-]+$")
# First segments of Jira's own pages; what stands before one of them is the base URL.
_PAGES = frozenset({
    "browse", "secure", "plugins", "projects", "rest", "issues", "login", "dashboard", "servicedesk",
    "people", "activity", "si", "sr", "wiki", "software", "logout",
})  # fmt: skip
_CLOUD = (".atlassian.net", ".jira.com", ".atlassian.com", ".jira-dev.com")


class BaseUrlProblem(StrEnum):
    """Why a text is no base URL we can use."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    NO_SCHEME = "no_scheme"
    SCHEME = "scheme"
    CHARACTERS = "characters"
    USER_INFO = "user_info"
    HOST = "host"
    PORT = "port"
    CLOUD_SITE = "cloud_site"
    PAGE_INSIDE = "page_inside"
    QUERY = "query"
    PATH = "path"
    PLAIN_HTTP = "plain_http"


_SENTENCES = {
    BaseUrlProblem.EMPTY: "Enter the address of your Jira, for example https://jira.example.com.",
    BaseUrlProblem.TOO_LONG: "This is longer than 500 characters. Enter only the address of your Jira.",
    BaseUrlProblem.NO_SCHEME: "The address does not say how to reach Jira. Start it with https://.",
    BaseUrlProblem.SCHEME: "A Jira is reached by https. Start the address with https://.",
    BaseUrlProblem.CHARACTERS: "There is a blank, a backslash or another character that no address has."
    " Copy it again from your browser's address bar.",
    BaseUrlProblem.USER_INFO: "A user name or password does not belong in the address."
    " Remove everything up to the @, and change that password if it was a real one.",
    BaseUrlProblem.HOST: "This is no host name. Enter it as in your browser, for example jira.example.com;"
    " an IP address as four numbers with dots, or as IPv6 in brackets.",
    BaseUrlProblem.PORT: "There is no such port. Use a number from 1 to 65535 after the colon, or none.",
    BaseUrlProblem.CLOUD_SITE: "This is a Jira Cloud site. This kind of account is for Jira Server and"
    " Data Center; add an account of the kind Jira Cloud OAuth instead.",
    BaseUrlProblem.PAGE_INSIDE: "This is a page inside Jira. Enter only the part before it.",
    BaseUrlProblem.QUERY: "The address of Jira ends before the ? or #. Leave out everything from there on.",
    BaseUrlProblem.PATH: "The part after the host holds characters or dots that no context path has."
    " Enter the address of Jira's start page, for example https://jira.example.com/jira.",
    BaseUrlProblem.PLAIN_HTTP: "Over plain http anybody on the way could read the data and the tokens."
    " Use the https address of your Jira, or ask the operator of this portal to list this host.",
}


class BaseUrlRefused(PortalError):
    """``message`` says what is wrong and what to do; ``suggestion`` is the URL probably meant, or None."""

    def __init__(self, code: BaseUrlProblem, suggestion: str | None = None) -> None:
        self.code = code
        self.message = _SENTENCES[code]
        self.suggestion = suggestion
        super().__init__(self.message)


@dataclass(frozen=True)
class BaseUrl:
    """A Jira's base URL in its canonical form: lower-case host, no default port, no trailing slash."""

    scheme: str
    host: str
    port: int
    path: str = ""

    @classmethod
    @lru_cache(maxsize=4096)  # of a program's every request
    def stored(cls, text: str) -> Self:
        """Take apart a ``text`` accepted before. The wire still checks where it leads."""
        parts = urlsplit(text)
        port = parts.port or _DEFAULT_PORTS[parts.scheme]
        return cls(parts.scheme, parts.hostname or "", port, parts.path)

    @cached_property
    def origin(self) -> str:
        """Scheme, host and port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"

    @cached_property
    def text(self) -> str:
        """The URL, without a trailing slash."""
        return self.origin + self.path

    def url(self, segments: Sequence[str], query: Mapping[str, str | int] | None = None) -> str:
        """A URL below this one. Segments and query are encoded, so nothing in them leads elsewhere (T27).

        Raises ValueError for a segment that is empty or consists of dots: a client would walk up the path.
        """
        if any(not segment.strip(".") for segment in segments):
            raise ValueError("A path segment is empty or consists of dots.")
        path = "".join(f"/{quote(segment, safe='')}" for segment in segments)
        pairs = "&".join(
            f"{quote(name, safe='')}={quote(str(value), safe='')}" for name, value in (query or {}).items()
        )
        return f"{self.text}{path}?{pairs}" if pairs else f"{self.text}{path}"

    def __str__(self) -> str:
        return self.text


def read_base_url(text: str, plain_http_hosts: frozenset[str]) -> BaseUrl:
    """The base URL in ``text``, canonical. Raises BaseUrlRefused with a sentence, and a suggestion if clear.

    Plain http is taken for ``plain_http_hosts`` only. Whether the host exists and may be reached is a
    question for the network: see ``resolve_refusal``.
    """
    text = text.strip()
    _refuse_odd_text(text)
    match = _SCHEME.match(text)
    if not match:
        raise _without_scheme(text, plain_http_hosts)
    scheme = match.group(1).lower()
    if scheme not in _DEFAULT_PORTS:
        raise BaseUrlRefused(BaseUrlProblem.SCHEME)
    authority = re.split(r"[/?#]", text[match.end() :], maxsplit=1)[0]
    host, port = _read_authority(authority, scheme)
    if host.endswith(_CLOUD):
        raise BaseUrlRefused(BaseUrlProblem.CLOUD_SITE)
    path = _read_path(BaseUrl(scheme, host, port), text[match.end() + len(authority) :])
    base = BaseUrl(scheme, host, port, path)
    if scheme == "http" and host not in plain_http_hosts:
        over_tls = f"https{base.text.removeprefix('http')}" if port == _DEFAULT_PORTS["http"] else None
        raise BaseUrlRefused(BaseUrlProblem.PLAIN_HTTP, over_tls)
    return base


def resolve_refusal(policy: AddressPolicy, host: str) -> JiraTrouble | None:
    """Resolve ``host`` once: ``name_unknown`` or ``address_refused``, or None when it may be connected to.

    For an early answer in a form. The decision that counts is made again at each connection (T24).
    """
    try:
        policy.sockaddrs(host, _DEFAULT_PORTS["https"])
    except JiraTrouble as trouble:
        return trouble
    return None


def _refuse_odd_text(text: str) -> None:
    if not text:
        raise BaseUrlRefused(BaseUrlProblem.EMPTY)
    if len(text) > _MAX_LENGTH:
        raise BaseUrlRefused(BaseUrlProblem.TOO_LONG)
    if any(c in '\\<>"{}|^`' or not c.isprintable() or c.isspace() for c in text):
        raise BaseUrlRefused(BaseUrlProblem.CHARACTERS)


def _without_scheme(text: str, plain_http_hosts: frozenset[str]) -> BaseUrlRefused:
    """The refusal of a text that names no scheme, with the URL it becomes with https if that is one."""
    try:
        meant = read_base_url(f"https://{text.lstrip('/')}", plain_http_hosts).text
    except BaseUrlRefused as refused:
        if refused.code in {BaseUrlProblem.CLOUD_SITE, BaseUrlProblem.USER_INFO}:
            return refused
        return BaseUrlRefused(BaseUrlProblem.NO_SCHEME, refused.suggestion)
    return BaseUrlRefused(BaseUrlProblem.NO_SCHEME, meant)


def _read_authority(authority: str, scheme: str) -> tuple[str, int]:
    if "@" in authority:
        raise BaseUrlRefused(BaseUrlProblem.USER_INFO)
    match = re.fullmatch(r"(\[[^\]]*\]|[^:\[\]]*)(?::([0-9]*))?", authority, re.ASCII)
    if not match:
        raise BaseUrlRefused(BaseUrlProblem.PORT if authority.count(":") == 1 else BaseUrlProblem.HOST)
    digits = match.group(2) or str(_DEFAULT_PORTS[scheme])
    if len(digits) > 5 or not 1 <= int(digits) <= 65535:
        raise BaseUrlRefused(BaseUrlProblem.PORT)
    return _read_host(match.group(1)), int(digits)


def _read_host(text: str) -> str:
    """The host in lower-case ASCII; forms that two programs may read differently are refused (T23)."""
    try:
        host = _ascii_host(text)
    except (idna.IDNAError, ValueError):
        raise BaseUrlRefused(BaseUrlProblem.HOST) from None
    if len(host) > 253 or not (":" in host or _LABELS.match(host)):
        raise BaseUrlRefused(BaseUrlProblem.HOST)
    return host


def _ascii_host(text: str) -> str:
    """An address in its one spelling, or a name by IDNA (UTS 46). Raises ValueError or IDNAError."""
    if "%" in text:
        raise ValueError("A host holds no percent sign.")
    if text.startswith("["):
        return str(IPv6Address(text[1:-1]))
    host = idna.encode(text.removesuffix("."), uts46=True, transitional=False).decode("ascii").lower()
    # 127.1, 0x7f000001 and 2130706433 all mean 127.0.0.1 to some resolvers.
    return str(IPv4Address(host)) if _NUMERIC.match(host.rpartition(".")[2]) else host


def _read_path(base: BaseUrl, tail: str) -> str:
    path = re.split(r"[?#]", tail, maxsplit=1)[0]
    segments = [segment for segment in path.split("/") if segment]
    for index, segment in enumerate(segments):
        if segment.lower() in _PAGES or segment.lower().endswith((".jsp", ".jspa")):
            raise BaseUrlRefused(BaseUrlProblem.PAGE_INSIDE, _joined(base, segments[:index]))
    context = _joined(base, segments)
    if context is None or "//" in path.rstrip("/"):
        raise BaseUrlRefused(BaseUrlProblem.PATH)
    if "?" in tail or "#" in tail:
        raise BaseUrlRefused(BaseUrlProblem.QUERY, context)
    return context.removeprefix(base.origin)


def _joined(base: BaseUrl, segments: list[str]) -> str | None:
    """Origin and context path, or None when a segment is not one that a context path has."""
    if any(not _SEGMENT.match(segment) or not segment.strip(".") for segment in segments):
        return None
    return base.origin + "".join(f"/{segment}" for segment in segments)
