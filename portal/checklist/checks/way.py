"""The way to the Jira: address, name, port, TLS. For each host that this account's calls go to."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from portal import clock
from portal.alm_accounts.account_views import AccountView
from portal.checklist.calls import Calls
from portal.checklist.outcome import Outcome, failed, proved, unknown, warning
from portal.checklist.row import Row
from portal.checklist.words import day_of, many
from portal.jira.answers import Code, JiraTrouble
from portal.jira.base_urls import BaseUrl
from portal.jira.certificates import Certificate, refused
from portal.jira.tls import CaRefused

_OF_THE_NAME = frozenset({Code.NAME_UNKNOWN, Code.ADDRESS_REFUSED})
_OF_THE_CERTIFICATE = frozenset({Code.TLS_UNTRUSTED, Code.TLS_WRONG_HOST, Code.TLS_EXPIRED})
_OF_THE_PORT = frozenset({Code.UNREACHABLE, Code.CONNECT_TIMEOUT})
DAYS_NEAR = 30


def hosts(calls: Calls) -> list[BaseUrl]:
    """The hosts this account's calls go to, the Jira's own first."""
    scene, atlassian = calls.scene, calls.registry.cloud.atlassian
    found = [scene.base_url] if scene.base_url else []
    if scene.account.kind.is_cloud:
        found.append(atlassian.api)
        if scene.account.app is not None and not scene.account.kind.only_sends:
            found.append(atlassian.auth)
    return list({host.origin: host for host in found}.values())


def address(calls: Calls) -> Outcome:
    """Whether there is an address that may be called at all."""
    base = calls.scene.base_url
    if base is None:
        return failed("address_missing")
    calls.wire.refuse_plain_http(base.text)
    if base.scheme != "https":
        return warning("plain_http", host=base.host)
    return proved(f"{base} is a well-formed https address.")


def name(calls: Calls) -> Outcome:
    """Whether each host has an address, and one that may be called."""
    said = "{hosts}: found, and allowed from here."
    return _stage(calls, _OF_THE_NAME, "Looked up {hosts}.", said, late=unknown)


def port(calls: Calls) -> Outcome:
    """Whether each host takes connections."""
    return _stage(calls, _OF_THE_PORT, "Connected to {hosts}.", "{hosts}: takes connections.", late=failed)


def _stage(
    calls: Calls, codes: frozenset[Code], tried: str, said: str, late: Callable[..., Outcome]
) -> Outcome:
    """One stage of connecting to every host; what goes wrong later is another row's. ``late`` makes the
    outcome where the time was over before there was a connection: that may be slow look-ups."""
    wanted = hosts(calls)
    shown = ", ".join(host.origin for host in wanted)
    if calls.wire.proxy:
        return unknown("seen_by_proxy", tried=f"Calls to {shown} go through the outbound proxy.")
    try:
        answers = _knock(calls, wanted)
    except CaRefused:  # the row about TLS says so
        return unknown("ca_refused", tried=f"Did not try {shown}.")
    for host, met in zip(wanted, answers, strict=True):
        # Refused before the connection was there, or broken off after it: then the reason is told.
        if not isinstance(met, JiraTrouble) or "reason" in met.evidence:
            continue
        if met.code in codes:
            return failed(str(met.code), tried=tried.format(hosts=host.origin), **met.evidence)
        if met.code is Code.DEADLINE:
            return late("connection_late", tried=tried.format(hosts=host.origin), **met.evidence)
    return proved(said.format(hosts=shown), tried.format(hosts=shown))


def _knock(calls: Calls, wanted: Sequence[BaseUrl]) -> Sequence[object]:
    """What came of reaching each host. What the Jira tells anybody is asked meanwhile: the row about it would
    only begin when this one is over, and everything after it later by a call."""
    asks: list[Callable[[], object]] = [partial(calls.reached, host) for host in wanted]
    return calls.side_by_side([*asks, calls.public_info])[: len(wanted)]


def tls(calls: Calls) -> Outcome:
    """Whether every host proves who it is, for how long still, and by whose word."""
    if calls.wire.proxy:
        return unknown("seen_by_proxy", tried="Certificates are met behind the outbound proxy.")
    try:
        seen = [(host, calls.reached(host)) for host in hosts(calls) if host.scheme == "https"]
    except JiraTrouble as trouble:
        tried = f"Began a TLS connection to {trouble.evidence.get('host', 'it')}."
        return failed(_why_refused(calls, trouble), _presented(calls, trouble), tried, **trouble.evidence)
    met = [(host, certificate) for host, certificate in seen if certificate is not None]
    tried = f"Made a TLS connection to {', '.join(host.origin for host, _ in met)}."
    host, first = min(met, key=lambda one: one[1].ends_at)
    days = (first.ends_at - clock.now()).days
    if days < DAYS_NEAR:
        return warning("certificate_ends", _chain(calls, met), tried, host=host.host, wait=many(days, "day"))
    return proved(_chain(calls, met), tried)


def _presented(calls: Calls, trouble: JiraTrouble) -> str:
    """Which certificate was refused: whoever has to replace it knows it by its names and days."""
    host = next((one for one in hosts(calls) if one.host == trouble.evidence.get("host")), None)
    seen = refused(calls.wire, host) if host and trouble.code in _OF_THE_CERTIFICATE else None
    if seen is None:
        return ""
    names, issuer = ", ".join(seen.names) or "no name", seen.issuer or "an unnamed issuer"
    days = f"valid from {day_of(seen.begins_at)} to {day_of(seen.ends_at)}"
    return f"Presented there: a certificate for {names} by {issuer}, {days}."


def _why_refused(calls: Calls, trouble: JiraTrouble) -> str:
    """Of a certificate by nobody we know, why not; only OpenSSL's sentence tells one that signed itself."""
    if trouble.code is not Code.TLS_UNTRUSTED:
        return str(trouble.code)
    reason, base = trouble.evidence.get("reason", ""), calls.scene.base_url
    if "self" in reason and "chain" not in reason:
        return "tls_self_signed"
    is_own = base is not None and trouble.evidence.get("host") == base.host
    return "tls_not_by_authority" if is_own and calls.scene.account.ca_pem else str(trouble.code)


def _chain(calls: Calls, met: Iterable[tuple[BaseUrl, Certificate]]) -> str:
    by = "the authority entered under Settings" if calls.scene.account.ca_pem else "a public authority"
    return " ".join(
        f"{host.host}: certificate for {one.subject or host.host} by {one.issuer or 'an unnamed issuer'}, "
        f"vouched for by {by if host == calls.scene.base_url else 'a public authority'}, "
        f"{many((one.ends_at - clock.now()).days, 'day')} left."
        for host, one in met
    )


def _over_tls(account: AccountView) -> bool:
    return (account.base_url or "").startswith("https://")


ROWS = (
    Row("address", "Address", address),
    Row("name", "The name resolves", name, after=("address",)),
    Row("port", "The port answers", port, after=("name",)),
    Row("tls", "TLS certificate", tls, after=("port",), applies=_over_tls),
)
