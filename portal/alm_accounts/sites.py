"""The site of a Jira Cloud account: its address, its cloud id, and which site a person picked."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from portal import clock
from portal.alm_accounts.accounts import get_account, leave_address
from portal.audit.changes import told
from portal.audit.log import record
from portal.credentials.registry import Registry
from portal.errors import FieldErrors, NotHere, Refused
from portal.jira.answers import Code, JiraTrouble
from portal.jira.base_urls import BaseUrl, BaseUrlProblem, BaseUrlRefused, read_base_url
from portal.jira.site_urls import (
    SiteUrlProblem,
    SiteUrlRefused,
    cloud_id_at,
    is_cloud_id,
    no_site,
    read_site_url,
)
from portal.kinds import KINDS
from portal.kinds.shape import Kind
from portal.store.tables import AlmAccount, CloudSite, Credential, Grant
from portal.store.work import Work

BY_HAND = (
    "Open https://<your site>/_edge/tenant_info in a browser that reaches it, and paste what stands there "
    "after cloudId."
)


class OtherKind(FieldErrors):
    """The address of a Jira that accounts of other ``kinds`` are for."""

    def __init__(self, errors: Mapping[str, str], kinds: Sequence[Kind]) -> None:
        super().__init__(errors)
        self.kinds = kinds


def refuse_site(registry: Registry, typed: str) -> None:
    """Raise :class:`OtherKind` for ``base_url`` when this is the address of a site, or of a page of one."""
    if _is_site(registry, typed):
        message = BaseUrlRefused(BaseUrlProblem.CLOUD_SITE).message
        raise OtherKind(
            {"base_url": message}, [kind for kind in KINDS.values() if kind.is_cloud and not kind.only_sends]
        )


def _is_site(registry: Registry, typed: str) -> bool:
    try:
        read_site_url(typed, registry.cloud.practice_sites)
    except SiteUrlRefused as refused:
        return refused.suggestion not in (None, typed) and _is_site(registry, refused.suggestion or "")
    return True


def set_site(work: Work, registry: Registry, account_id: UUID, typed: str, typed_cloud_id: str = "") -> None:
    """Take the address of the site, with the cloud id it tells, or the one typed where it tells none.

    Another site ends what was connected with the one before. Raises :class:`FieldErrors` for ``site_url``
    and ``cloud_id``.
    """
    site = _read(work, registry, typed)
    with work.read() as session:
        row = get_account(session, account_id)
        if row.base_url == site.text and not typed_cloud_id:
            return
    cloud_id = _cloud_id(work, registry, site, typed_cloud_id.strip())
    with work.write() as session:
        row, kept = _held(session, account_id)
        if row.base_url == site.text and kept.cloud_id == cloud_id:
            return
        _move(session, work, row, kept, cloud_id, Credential.account_id == account_id)
        before, row.base_url = row.base_url, site.text
        kept.site_name, kept.pinned_at = None, None
        moved = told(["base_url"], {"base_url": before}, {"base_url": site.text})
        record(session, work, "account.changed", account_id=account_id, **moved)


def _held(session: Session, account_id: UUID) -> tuple[AlmAccount, CloudSite]:
    """A Jira Cloud account, held, and its site; :class:`NotHere` for any other."""
    account = get_account(session, account_id, hold=True)
    site = session.get(CloudSite, (session.info["tenant_id"], account_id))
    if site is None:
        raise NotHere
    return account, site


def _move(
    session: Session,
    work: Work,
    account: AlmAccount,
    site: CloudSite,
    cloud_id: str,
    which: ColumnElement[bool],
) -> None:
    """Let the account be for another site: the credentials that ``which`` selects were given for the former
    one, and a flow on its way ends as changed."""
    leave_address(session, work, account, which)
    site.cloud_id = cloud_id
    account.version += 1
    account.tested_at = account.server_info = None


def pin_site(work: Work, registry: Registry, account_id: UUID, credential_id: UUID, cloud_id: str) -> None:
    """The site a person picked among those the consent offers is the only one called from here on (T14).

    Where it is another than the one typed, what people connected with that one ends. Raises
    :class:`NotHere` when the credential waits no longer, :class:`Refused` for a site not offered, and for
    another site than the one an account in use is pinned to.
    """
    with work.write() as session:
        account, kept = _held(session, account_id)
        row = session.get(Credential, (work.tenant, credential_id))
        grant = session.get(Grant, (work.tenant, row.grant_id)) if row and row.grant_id else None
        if row is None or grant is None or row.account_id != account_id or row.state != "pending":
            raise NotHere
        chosen = next((site for site in grant.sites if site["id"] == cloud_id), None)
        if chosen is None:
            raise Refused("Choose one of the sites this consent covers.")
        if kept.pinned_at is not None and kept.cloud_id != cloud_id:
            raise Refused("This account is for another site. Change the site in its set-up first.")
        address = _address_of(registry, chosen["url"])
        if kept.cloud_id != cloud_id:
            if address is None:
                raise Refused(
                    "Enter the address of that site in the set-up first; Atlassian tells none we know."
                )
            others = (Credential.account_id == account_id) & (Credential.id != credential_id)
            _move(session, work, account, kept, cloud_id, others)
        kept.site_name, kept.pinned_at = chosen["name"], clock.now()
        account.base_url = address or account.base_url
        record(session, work, "site.pinned", account_id=account_id, cloud_id=cloud_id)


def _address_of(registry: Registry, told: str) -> str | None:
    """The address of a site as Atlassian tells it; None for one in a shape that is not known here."""
    try:
        return read_site_url(told, registry.cloud.practice_sites).text
    except SiteUrlRefused:
        return None


def _read(work: Work, registry: Registry, typed: str) -> BaseUrl:
    try:
        return read_site_url(typed, registry.cloud.practice_sites)
    except SiteUrlRefused as wrong:
        elsewhere = _elsewhere(registry, typed, wrong)
        if elsewhere and _is_custom(work, registry, elsewhere):
            raise FieldErrors({"site_url": _custom_domain(elsewhere)}) from None
        if elsewhere:
            at_server = [kind for kind in KINDS.values() if not kind.is_cloud]
            raise OtherKind({"site_url": no_site(BaseUrl.stored(elsewhere))}, at_server) from None
        hint = f" Did you mean {wrong.suggestion}?" if wrong.suggestion else ""
        raise FieldErrors({"site_url": wrong.message + hint}) from None


def _elsewhere(registry: Registry, typed: str, wrong: SiteUrlRefused) -> str | None:
    """The address of a Jira that is no site of Atlassian's, where the text is one or nearly one."""
    meant = wrong.suggestion or typed
    if wrong.code is SiteUrlProblem.ATLASSIAN_HOST or _is_site(registry, meant):
        return None
    try:
        return read_base_url(meant, registry.outbound.wire.plain_http_hosts).text
    except BaseUrlRefused:
        return None


def _is_custom(work: Work, registry: Registry, url: str) -> bool:
    """Whether a host that is not at atlassian.net is a site all the same, under a domain of its own."""
    try:
        _ask(work, registry, BaseUrl.stored(url))
    except JiraTrouble:
        return False
    return True


def _ask(work: Work, registry: Registry, site: BaseUrl) -> str:
    """The cloud id a host tells. One that never answers must not hold every thread of the portal."""
    with registry.outbound.slots.one_call(work.tenant):
        return cloud_id_at(registry.outbound.wire, site)


def _custom_domain(url: str) -> str:
    return (
        f"{BaseUrl.stored(url).host} is a custom domain of a Jira Cloud site. Enter the site's own address, "
        "which ends in .atlassian.net: in Jira, Settings → System → General configuration."
    )


def _cloud_id(work: Work, registry: Registry, site: BaseUrl, typed: str) -> str:
    if typed and not is_cloud_id(typed):
        raise FieldErrors({"cloud_id": f"This is no cloud id. {BY_HAND}"})
    try:
        told = _ask(work, registry, site)
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
