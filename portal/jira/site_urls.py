"""Reading the address of a Jira Cloud site that somebody typed or pasted, and asking for its cloud id."""

import re
from enum import StrEnum
from urllib.parse import urlsplit

from portal.errors import PortalError
from portal.jira.answers import Code, JiraTrouble, json_answer
from portal.jira.base_urls import BaseUrl, BaseUrlProblem, BaseUrlRefused, read_base_url
from portal.jira.readers import mapping, text
from portal.jira.wire import Wire

_SITE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.(?:atlassian\.net|jira\.com)")
# For asking a host that somebody typed: a small page that answers at once, or is none.
SECONDS = 5.0
_CLOUD_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


class SiteUrlProblem(StrEnum):
    """Why a text is no address of a site."""

    SERVER = "server"
    ATLASSIAN_HOST = "atlassian_host"
    ODD = "odd"


class SiteUrlRefused(PortalError):
    """``message`` says what is wrong and what to do; ``suggestion`` is the address probably meant."""

    def __init__(self, code: SiteUrlProblem, message: str, suggestion: str | None = None) -> None:
        self.code = code
        self.message = message
        self.suggestion = suggestion
        super().__init__(message)


def read_site_url(typed: str, practice_sites: frozenset[str]) -> BaseUrl:
    """The address of a site in ``typed``, or of the site whose page it is. Raises SiteUrlRefused.

    ``practice_sites`` count as sites. A host that is neither is refused as ``server``: whether it is a
    custom domain of a site only a call can tell (:func:`cloud_id_at`).
    """
    typed = typed.strip()
    if not typed:
        sentence = "Enter the address of your site, for example https://acme.atlassian.net."
        raise SiteUrlRefused(SiteUrlProblem.ODD, sentence)
    for site in practice_sites:
        if typed == site or typed.startswith(f"{site}/"):
            return _whole(BaseUrl.stored(site), typed)
    host = _host(typed)
    if host.endswith(".atlassian.com"):
        sentence = "This is a page of Atlassian's, not your site. Enter the address your Jira has."
        raise SiteUrlRefused(SiteUrlProblem.ATLASSIAN_HOST, sentence)
    if _SITE.fullmatch(host):
        return _whole(BaseUrl("https", host, 443), typed)
    if host.endswith(".atlassian.net"):
        sentence = "The name of a site has small letters, digits and hyphens only, as in acme.atlassian.net."
        raise SiteUrlRefused(SiteUrlProblem.ODD, sentence)
    try:
        other = read_base_url(typed, frozenset())
    except BaseUrlRefused as refused:
        if refused.code is not BaseUrlProblem.PAGE_INSIDE or refused.suggestion is None:
            raise SiteUrlRefused(SiteUrlProblem.ODD, refused.message, refused.suggestion) from None
        other = BaseUrl.stored(refused.suggestion)
    raise SiteUrlRefused(SiteUrlProblem.SERVER, no_site(other), other.text)


def no_site(address: BaseUrl) -> str:
    """What to say of the address of a Jira that is none of Atlassian's."""
    return (
        f"{address.host} is no site at atlassian.net. If it is a Jira Server or Data Center of your own, add "
        "an account of a kind for those instead."
    )


def _host(typed: str) -> str:
    """The host, also where the scheme was left out; empty where there is none."""
    try:
        host = urlsplit(typed if "://" in typed else f"https://{typed}").hostname or ""
        return host.lower().removesuffix(".")
    except ValueError:
        return ""


def _whole(site: BaseUrl, typed: str) -> BaseUrl:
    """The site itself. What stands behind its address is a page of it, and is told, not dropped."""
    parts = urlsplit(typed if "://" in typed else f"https://{typed}")
    if parts.netloc.lower().removesuffix(".") != urlsplit(site.text).netloc:
        sentence = "A user name, password or port does not belong in the address of a site."
        raise SiteUrlRefused(SiteUrlProblem.ODD, sentence, site.text)
    if parts.path.strip("/") or parts.query or parts.fragment:
        sentence = "This is a page inside Jira. Enter only the address of the site."
        raise SiteUrlRefused(SiteUrlProblem.ODD, sentence, site.text)
    return site


def is_cloud_id(typed: str) -> bool:
    """Whether a text can be a cloud id, as it stands in ``_edge/tenant_info``."""
    return _CLOUD_ID.fullmatch(typed) is not None


def cloud_id_at(wire: Wire, site: BaseUrl) -> str:
    """The cloud id the site itself tells anybody. Raises JiraTrouble.

    ``not_found``: there is no such site. Some networks and organisations block the page; then it is typed.
    """
    with wire.session(seconds=SECONDS) as session:
        answer = mapping(json_answer(session.get(site.url(("_edge", "tenant_info")))))
    cloud_id = text(answer, "cloudId")
    if not is_cloud_id(cloud_id):
        raise JiraTrouble(Code.BROKEN_ANSWER, expected="a cloud id")
    return cloud_id
