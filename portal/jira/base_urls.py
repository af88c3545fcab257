"""Reading the base URL of a Jira that somebody typed or pasted."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
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


class BaseUrlRefused(PortalError):
    """``message`` says what is wrong and what to do; ``suggestion`` is the URL probably meant, if one is clear."""

    def __init__(self, code: BaseUrlProblem, message: str, suggestion: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.suggestion = suggestion


@dataclass(frozen=True)
class BaseUrl:
    """A Jira's base URL in its canonical form: lower-case host, no default port, no trailing slash."""

    scheme: str
    host: str
    port: int
    path: str = ""

    @classmethod
    def stored(cls, text: str) -> Self:
        """Take apart a ``text`` that ``read_base_url`` accepted before. The wire still checks where it leads."""
        parts = urlsplit(text)
        port = parts.port or _DEFAULT_PORTS[parts.scheme]
        return cls(parts.scheme, parts.hostname or "", port, parts.path)

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"

    @property
    def text(self) -> str:
        """The URL, without a trailing slash."""
        return self.origin + self.path

    def url(self, segments: Sequence[str], query: Mapping[str, str | int] | None = None) -> str:
        """A URL below this one. Segments and query are encoded here, so nothing in them leads elsewhere (T27).

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
        _refuse_no_scheme(text, plain_http_hosts)
    scheme = text[: text.index(":")].lower()
    if scheme not in _DEFAULT_PORTS:
        raise BaseUrlRefused(
            BaseUrlProblem.SCHEME, "A Jira is reached by https. Start the address with https://."
        )
    rest = text[len(scheme) + 3 :]
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    host, port = _read_authority(authority, scheme)
    base = BaseUrl(scheme, host, port)
    _refuse_cloud(host)
    path = _read_path(base, rest[len(authority) :])
    base = BaseUrl(scheme, host, port, path)
    if scheme == "http" and host not in plain_http_hosts:
        raise BaseUrlRefused(
            BaseUrlProblem.PLAIN_HTTP,
            "Over plain http anybody on the way could read the data and the tokens. Use the https address of your"
            " Jira, or ask the operator of this portal to list this host for plain http.",
            f"https://{base.text.partition('://')[2]}" if port == 80 else None,
        )
    return base


def resolve_refusal(policy: AddressPolicy, host: str) -> JiraTrouble | None:
    """Resolve ``host`` once: ``name_unknown`` or ``address_refused``, or None when it may be connected to.

    For an early answer in a form. The decision that counts is made again at each connection (T24).
    """
    try:
        policy.sockaddrs(host, 443)
    except JiraTrouble as trouble:
        return trouble
    return None


def _refuse_odd_text(text: str) -> None:
    if not text:
        raise BaseUrlRefused(
            BaseUrlProblem.EMPTY, "Enter the address of your Jira, for example https://jira.example.com."
        )
    if len(text) > _MAX_LENGTH:
        raise BaseUrlRefused(
            BaseUrlProblem.TOO_LONG,
            f"This is longer than {_MAX_LENGTH} characters. Enter only the address of your Jira.",
        )
    if any(c in '\\<>"{}|^`' or not c.isprintable() or c.isspace() for c in text):
        raise BaseUrlRefused(
            BaseUrlProblem.CHARACTERS,
            "The address holds a blank, a backslash or another character that no address has. Copy it again from"
            " your browser's address bar.",
        )


def _refuse_no_scheme(text: str, plain_http_hosts: frozenset[str]) -> None:
    suggestion = None
    try:
        suggestion = read_base_url(f"https://{text.lstrip('/')}", plain_http_hosts).text
    except BaseUrlRefused as refused:
        if refused.code in {BaseUrlProblem.CLOUD_SITE, BaseUrlProblem.USER_INFO}:
            raise
        suggestion = refused.suggestion
    raise BaseUrlRefused(
        BaseUrlProblem.NO_SCHEME,
        "The address does not say how to reach Jira. Start it with https://.",
        suggestion,
    )


def _read_authority(authority: str, scheme: str) -> tuple[str, int]:
    if "@" in authority:
        raise BaseUrlRefused(
            BaseUrlProblem.USER_INFO,
            "A user name or password does not belong in the address. Remove everything up to the @, and change that"
            " password if it was a real one.",
        )
    match = re.fullmatch(r"(\[[^\]]*\]|[^:\[\]]*)(?::([0-9]*))?", authority)
    if not match:
        raise BaseUrlRefused(
            BaseUrlProblem.PORT, "The part after the host is no port number. Use a number from 1 to 65535."
        )
    digits = match.group(2) or str(_DEFAULT_PORTS[scheme])
    if len(digits) > 5 or not 1 <= int(digits) <= 65535:
        raise BaseUrlRefused(
            BaseUrlProblem.PORT, "There is no such port. Use a number from 1 to 65535, or leave it out."
        )
    return _read_host(match.group(1)), int(digits)


def _read_host(text: str) -> str:
    """The host in lower-case ASCII; forms that two programs may read differently are refused (T23)."""
    refused = BaseUrlRefused(
        BaseUrlProblem.HOST,
        "This is no host name. Enter it as in your browser, for example jira.example.com; an IP address as four"
        " numbers with dots, or as IPv6 in brackets.",
    )
    try:
        if text.startswith("["):
            return str(IPv6Address(text[1:-1])) if "%" not in text else _raise(refused)
        host = idna.encode(text.rstrip("."), uts46=True, transitional=False).decode("ascii").lower()
        if _NUMERIC.match(host.rpartition(".")[2]):
            return str(IPv4Address(host))
    except (idna.IDNAError, ValueError):
        raise refused from None
    return host if _LABELS.match(host) and len(host) <= 253 else _raise(refused)


def _raise(error: Exception) -> str:
    raise error


def _refuse_cloud(host: str) -> None:
    if host.endswith(_CLOUD):
        raise BaseUrlRefused(
            BaseUrlProblem.CLOUD_SITE,
            "This is a Jira Cloud site. It is connected in another way: add an ALM account of the kind Jira Cloud"
            " instead.",
        )


def _read_path(base: BaseUrl, tail: str) -> str:
    path = re.split(r"[?#]", tail, maxsplit=1)[0]
    segments = [segment for segment in path.split("/") if segment]
    for index, segment in enumerate(segments):
        if segment.lower() in _PAGES or segment.lower().endswith((".jsp", ".jspa")):
            before = "".join(f"/{part}" for part in segments[:index])
            raise BaseUrlRefused(
                BaseUrlProblem.PAGE_INSIDE,
                "This is a page inside Jira. Enter only the part before it, the address of Jira itself.",
                base.origin + before if all(_SEGMENT.match(part) for part in segments[:index]) else None,
            )
    if "//" in path.rstrip("/") or any(not _SEGMENT.match(s) or not s.strip(".") for s in segments):
        raise BaseUrlRefused(
            BaseUrlProblem.PATH,
            "The part after the host holds characters or dots that a context path does not have. Enter the address"
            " of Jira's start page, for example https://jira.example.com/jira.",
        )
    clean_path = "".join(f"/{segment}" for segment in segments)
    if "?" in tail or "#" in tail:
        raise BaseUrlRefused(
            BaseUrlProblem.QUERY,
            "The address of Jira ends before the ? or #. Leave out everything from there on.",
            base.origin + clean_path,
        )
    return clean_path
