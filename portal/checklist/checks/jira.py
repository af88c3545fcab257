"""What answers at the address: a Jira, by its own address."""

import re
from urllib.parse import urlsplit

from portal.alm_accounts.account_views import AccountView
from portal.checklist.calls import Calls
from portal.checklist.outcome import Outcome, failed, proved, warning
from portal.checklist.row import Row
from portal.jira.answers import JiraTrouble
from portal.jira.client import ServerInfo

_PORTS = {"https": 443, "http": 80}


def is_jira(calls: Calls) -> Outcome:
    """Product and version, told to anybody; a sign-in page, a proxy's error and maintenance are named."""
    tried = f"GET {calls.scene.base_url}/rest/api/{_version(calls)}/serverInfo, as nobody."
    try:
        found = calls.public_info()
    except JiraTrouble as trouble:
        return failed(str(trouble.code), tried=tried, **trouble.evidence)
    info = found.info
    if calls.scene.account.kind.is_cloud != (info.deployment_type.casefold() == "cloud"):
        return failed("other_product", _product(info), tried, product=_product(info))
    if too_old := _too_old(calls.scene.account, info.version):
        return failed(too_old, f"{_product(info)}.", tried, version=info.version)
    return proved(f"{_product(info)}, answered in {found.took.total_seconds():.1f} seconds.", tried)


def _too_old(account: AccountView, version: str) -> str | None:
    """The problem, where this Jira knows no way by which the account is connected, or may be."""
    own, kind = account.own, account.kind
    methods = (own.method,) if own else kind.account_by
    told = re.match(r"(\d{1,4})\.(\d{1,4})", version)
    if told is None:
        return None
    found = (int(told[1]), int(told[2]))
    is_known = any(found >= kind.since.get(method, found) for method in methods)
    return None if is_known else f"jira_before_{methods[0]}"


def _product(info: ServerInfo) -> str:
    sort = {"cloud": "Cloud", "datacenter": "Data Center"}.get(info.deployment_type.casefold(), "Server")
    title = f", “{info.server_title}”" if info.server_title else ""
    return f"Jira {sort} {info.version}{title}"


def _version(calls: Calls) -> str:
    return "3" if calls.scene.account.kind.is_cloud else "2"


def base_url(calls: Calls) -> Outcome:
    """Whether Jira calls itself by the address it is called at: else links and signatures break."""
    used, told = str(calls.scene.base_url), calls.public_info().info.base_url.rstrip("/")
    tried = "Compared it with the base URL that serverInfo tells."
    differs = _difference(used, told)
    if differs is None:
        return proved(f"Jira calls itself {told}.", tried)
    return warning(f"base_url_{differs}", "", tried, told=told, used=used)


def _difference(used: str, told: str) -> str | None:
    """Which part differs: ``scheme``, ``host`` (with its port) or ``path``; None for the same address."""
    try:
        ours, theirs = urlsplit(used), urlsplit(told)
        hosts = [(one.hostname, one.port or _PORTS.get(one.scheme)) for one in (ours, theirs)]
    except ValueError:  # also of a port that is none
        return "host"
    if ours.scheme != theirs.scheme:
        return "scheme"
    if hosts[0] != hosts[1]:
        return "host"
    return "path" if ours.path != theirs.path else None


def _has_own_address(account: AccountView) -> bool:
    """On Jira Cloud the row about the site looks at its address, and Atlassian's gateway is called."""
    return not account.kind.is_cloud


IS_JIRA = Row("jira", "It is a Jira", is_jira, after=("port", "tls"))
ROWS = (
    IS_JIRA,
    Row("base_url", "Base URL it reports", base_url, after=("jira",), applies=_has_own_address),
)
