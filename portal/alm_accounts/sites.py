"""The site of a Jira Cloud account: its address, its cloud id, and which site a person picked."""

from uuid import UUID

from portal import clock
from portal.alm_accounts.accounts import end_credentials, get_account
from portal.alm_accounts.apps import held
from portal.audit.log import record
from portal.credentials.registry import Registry
from portal.errors import FieldErrors, NotHere, Refused
from portal.jira.answers import Code, JiraTrouble
from portal.jira.base_urls import BaseUrl
from portal.jira.site_urls import SiteUrlProblem, SiteUrlRefused, cloud_id_at, is_cloud_id, read_site_url
from portal.store.tables import Credential, Grant
from portal.store.work import Work

BY_HAND = (
    "Open https://<your site>/_edge/tenant_info in a browser that reaches it, and paste what stands there "
    "after cloudId."
)


def set_site(work: Work, registry: Registry, account_id: UUID, typed: str, typed_cloud_id: str = "") -> None:
    """Take the address of the site, with the cloud id it tells, or the one typed where it tells none.

    Another site ends what was connected with the one before. Raises :class:`FieldErrors` for ``site_url``
    and ``cloud_id``.
    """
    site = _read(registry, typed)
    with work.read() as session:
        row = get_account(session, account_id)
        if row.base_url == site.text and not typed_cloud_id:
            return
    cloud_id = _cloud_id(registry, site, typed_cloud_id.strip())
    with work.write() as session:
        kept, _ = held(session, account_id)
        row = get_account(session, account_id, hold=True)
        if row.base_url == site.text and kept.cloud_id == cloud_id:
            return
        end_credentials(session, Credential.account_id == account_id, "address_changed")
        row.base_url = site.text
        row.version += 1
        row.tested_at = row.server_info = None
        kept.cloud_id, kept.site_name, kept.pinned_at = cloud_id, None, None
        record(session, work, "account.changed", account_id=account_id, changed=["base_url"])


def pin_site(work: Work, registry: Registry, account_id: UUID, credential_id: UUID, cloud_id: str) -> None:
    """The site a person picked among those the consent offers is the only one called from here on (T14).

    Raises :class:`NotHere` when the credential waits no longer, :class:`Refused` for a site not offered,
    and for another site than the one an account in use is pinned to.
    """
    with work.write() as session:
        kept, _ = held(session, account_id)
        row = session.get(Credential, (work.tenant, credential_id))
        grant = session.get(Grant, (work.tenant, row.grant_id)) if row and row.grant_id else None
        if row is None or grant is None or row.account_id != account_id or row.state != "pending":
            raise NotHere
        chosen = next((site for site in grant.sites if site["id"] == cloud_id), None)
        if chosen is None:
            raise Refused("Choose one of the sites this consent covers.")
        if kept.pinned_at is not None and kept.cloud_id != cloud_id:
            raise Refused("This account is for another site. Change the site in its set-up first.")
        account = get_account(session, account_id)
        kept.cloud_id, kept.site_name, kept.pinned_at = cloud_id, chosen["name"], clock.now()
        account.base_url = _read(registry, chosen["url"]).text
        record(session, work, "site.pinned", account_id=account_id, cloud_id=cloud_id)


def _read(registry: Registry, typed: str) -> BaseUrl:
    try:
        return read_site_url(typed, registry.cloud.practice_sites)
    except SiteUrlRefused as wrong:
        if (
            wrong.code is SiteUrlProblem.SERVER
            and wrong.suggestion
            and _is_custom(registry, wrong.suggestion)
        ):
            raise FieldErrors({"site_url": _custom_domain(wrong.suggestion)}) from None
        hint = f" Did you mean {wrong.suggestion}?" if wrong.suggestion and wrong.code == "odd" else ""
        raise FieldErrors({"site_url": wrong.message + hint}) from None


def _is_custom(registry: Registry, url: str) -> bool:
    """Whether a host that is not at atlassian.net is a site all the same, under a domain of its own."""
    try:
        cloud_id_at(registry.outbound.wire, BaseUrl.stored(url))
    except JiraTrouble:
        return False
    return True


def _custom_domain(url: str) -> str:
    return (
        f"{BaseUrl.stored(url).host} is a custom domain of a Jira Cloud site. Enter the site's own address, "
        "which ends in .atlassian.net: in Jira, Settings → System → General configuration."
    )


def _cloud_id(registry: Registry, site: BaseUrl, typed: str) -> str:
    if typed and not is_cloud_id(typed):
        raise FieldErrors({"cloud_id": f"This is no cloud id. {BY_HAND}"})
    try:
        told = cloud_id_at(registry.outbound.wire, site)
    except JiraTrouble as trouble:
        return typed or _untold(site, trouble)
    if typed and typed != told:
        raise FieldErrors({"cloud_id": f"{site.host} says that its cloud id is {told}. Leave this empty."})
    return told


def _untold(site: BaseUrl, trouble: JiraTrouble) -> str:
    if trouble.code in (Code.NOT_FOUND, Code.NOT_JIRA, Code.NAME_UNKNOWN):
        sentence = f"There is no Jira site at {site.host}. Check the spelling."
        raise FieldErrors({"site_url": sentence})
    raise FieldErrors({"cloud_id": f"{site.host} does not tell its cloud id to this portal. {BY_HAND}"})
