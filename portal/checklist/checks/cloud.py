"""What several rows about accounts on Jira Cloud ask: the app, the account's own credential, its sites."""

from portal.alm_accounts.account_views import AccountView
from portal.alm_accounts.part_views import AppView
from portal.checklist.calls import Calls
from portal.credentials.access_tokens import access_token
from portal.credentials.acting_as import NotConnected, find_credential
from portal.credentials.grant_sites import sites_now
from portal.credentials.views import CredentialView, view_of
from portal.errors import NotHere
from portal.jira.answers import JiraTrouble
from portal.jira.atlassian import Site
from portal.jira.site_urls import cloud_id_at


def at_cloud(account: AccountView) -> bool:
    """For every account on Jira Cloud."""
    return account.kind.is_cloud


def by_app(account: AccountView) -> bool:
    """For accounts on Jira Cloud that go by an app; one that rests on a token may have none yet."""
    rests_on_token = account.own is not None and account.own.is_pasted
    return account.kind.is_cloud and account.app is not None and (is_whole(account.app) or not rests_on_token)


def is_whole(app: AppView) -> bool:
    """Whether client ID and secret are there; the operator's secret stands in no row."""
    return app.client_id is not None and (app.has_secret or app.is_shared)


def app_of(calls: Calls) -> AppView:
    """The app of the account; for rows that apply :func:`by_app`."""
    app = calls.scene.account.app
    if app is None:
        raise NotHere
    return app


def own_now(calls: Calls) -> CredentialView | None:
    """The account's own credential as it stands at this moment: a renewal in this run may have ended it."""
    with calls.work.read() as session:
        row = find_credential(session, calls.scene.account.id, None)
        return view_of(session, row) if row else None


def sites(calls: Calls) -> list[Site]:
    """The sites the account's own consent covers, asked once in a run. Raises JiraTrouble, NotConnected."""
    return calls.once("sites", lambda: _sites(calls))


def _sites(calls: Calls) -> list[Site]:
    own = own_now(calls)
    if own is None or own.grant_id is None:
        raise NotConnected(calls.scene.account.id, own)
    with calls.within_ceiling():
        held = access_token(calls.work, calls.registry, own.grant_id)
        return sites_now(calls.work, calls.registry, own.grant_id, held)


def told_cloud_id(calls: Calls) -> str | None:
    """The cloud id that the site at the account's address tells anybody; None where it does not tell."""
    base = calls.scene.base_url
    if base is None:
        return None
    try:
        return calls.once("cloud id", lambda: cloud_id_at(calls.wire, base))
    except JiraTrouble:
        return None
