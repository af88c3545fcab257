"""The site of an account on Jira Cloud: the one that was picked, at its address; and the share of calls."""

from collections.abc import Callable
from functools import partial

from portal.alm_accounts.account_views import AccountView
from portal.alm_accounts.part_views import SiteView
from portal.checklist.calls import Calls
from portal.checklist.checks.cloud import at_cloud, by_app, own_now, sites, told_cloud_id
from portal.checklist.checks.identity import myself
from portal.checklist.outcome import Outcome, failed, proved, unknown, waiting, warning
from portal.checklist.row import Row
from portal.credentials.acting_as import NotConnected
from portal.credentials.connections import OAuth2Connection
from portal.credentials.points import Share, share_of
from portal.jira.answers import Code, JiraTrouble
from portal.jira.atlassian import Site

# Trouble with the credential or the app, told with its remedy by another row.
_OF_OTHERS = {
    Code.UNAUTHORIZED: "consent",
    Code.GRANT_ENDED: "consent",
    Code.CLIENT_REFUSED: "signature",
}


def site(calls: Calls) -> Outcome:
    """Whether the site that was picked is still the one at the address, and covered by what we hold."""
    kept = calls.scene.account.site
    if kept is None or kept.cloud_id is None or not kept.is_pinned:
        return failed("site_not_picked")
    own = own_now(calls)
    if own is not None and own.grant_id is not None:  # neither needs the other's answer
        asks: list[Callable[[], object]] = [partial(told_cloud_id, calls), partial(sites, calls)]
        calls.side_by_side(asks)
    told = told_cloud_id(calls)
    if told is not None and told != kept.cloud_id:
        return failed("site_replaced", tried=_tried(calls), cloud_now=told, cloud_then=kept.cloud_id)
    if own is not None and own.grant_id is not None:
        return _covered(calls, kept)
    if told is None:
        return unknown("site_untold", tried=_tried(calls))
    return _renamed(calls, calls.public_info().info.base_url) or proved(
        f"{_address(calls)} is the site with the cloud ID {told}, as when it was picked.", _tried(calls)
    )


def _tried(calls: Calls) -> str:
    return f"Asked {_address(calls)}/_edge/tenant_info for its cloud ID."


def _address(calls: Calls) -> str:
    return calls.scene.base_url.text if calls.scene.base_url else ""


def _covered(calls: Calls, kept: SiteView) -> Outcome:
    """By the list of sites that Atlassian has for the consent. It proves no identity."""
    tried = f"{_tried(calls)} Asked Atlassian which sites the consent covers."
    try:
        offered = sites(calls)
    except JiraTrouble as trouble:
        if trouble.code in _OF_OTHERS:
            return waiting(_OF_OTHERS[trouble.code])
        raise
    found = next((one for one in offered if one.id == kept.cloud_id), None)
    if found is None:
        return _not_covered(offered, tried)
    return _renamed(calls, found.url) or proved(
        f"The consent covers “{found.name}” at {found.url}, the site that was picked.", tried
    )


def _not_covered(offered: list[Site], tried: str) -> Outcome:
    if not offered:
        return failed("site_gone", tried=tried)
    names = ", ".join(f"{one.name} ({one.url})" for one in offered)
    return failed(str(Code.SITE_NOT_COVERED), tried=tried, offered=names)


def _renamed(calls: Calls, told: str) -> Outcome | None:
    """A warning where the same site has another address now; calls go by its cloud ID and go on."""
    if not told or told.rstrip("/") == _address(calls).rstrip("/"):
        return None
    return warning("site_renamed", tried=_tried(calls), address_now=told, address_then=_address(calls))


def points(calls: Calls) -> Outcome:
    """Whether calls by the app are taken in this hour: Atlassian's points, and the tenant's share of them."""
    tried = "Asked who the account is, and whether Atlassian answered that the app's points are spent."
    connection = calls.scene.connection
    app = connection.app if isinstance(connection, OAuth2Connection) else None
    share = share_of(calls.work, calls.registry, app) if app else None
    if share is not None and share.used >= share.share:
        wait = max(1, int((share.ends_at - calls.scene.now).total_seconds()))
        return failed(str(Code.POINTS_USED), _used(share), tried, pause=wait)
    try:
        myself(calls)
    except NotConnected:
        return waiting("consent")
    except JiraTrouble as trouble:
        if trouble.code in (Code.POINTS_USED, Code.QUOTA_SPENT):
            told = {"pause": str(trouble.retry_after or 1), **trouble.evidence}
            return failed(str(trouble.code), tried=tried, **told)
        return unknown("points_untold", tried=tried)
    return proved(_used(share) if share else "Atlassian refuses no call for its points.", tried)


def _used(share: Share) -> str:
    at = f"{share.ends_at:%H:%M} UTC"
    return f"{share.used:,} of {share.share:,} points used by this organisation; counted anew at {at}."


def _counted(account: AccountView) -> bool:
    """Calls with a token cost an app nothing."""
    return by_app(account) and (account.own is None or not account.own.is_pasted)


POINTS = Row("points", "Points of this hour", points, after=("jira", "client", "signature"), applies=_counted)
SITE = Row("site", "Site pinned and still covered", site, after=("jira", "consent"), applies=at_cloud)
