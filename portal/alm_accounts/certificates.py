"""Looking at the TLS certificate of an account's Jira, so that its end is known before every call fails.

On Jira Cloud it is Atlassian's to renew, and nobody's here to look at.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.alm_accounts.accounts import get_account
from portal.credentials.registry import Registry
from portal.errors import NotHere, PortalBusy
from portal.jira.base_urls import BaseUrl
from portal.jira.certificates import Certificate as Seen
from portal.jira.certificates import certificate_of
from portal.jira.tls import CaRefused
from portal.jira.trouble import JiraTrouble
from portal.kinds import KINDS
from portal.store.tables import AlmAccount, Certificate
from portal.store.work import Work, now_of

log = structlog.get_logger("almoner.certificates")

LOOK_AGAIN = timedelta(days=7)
NEAR = timedelta(days=31)  # before the first warning: whoever renewed in time is not warned
_ON_SERVERS = tuple(name for name, kind in KINDS.items() if not kind.is_cloud)


def look(work: Work, registry: Registry, account_id: UUID) -> None:
    """See which certificate the account's Jira presents now, and store it.

    What keeps it from being seen changes nothing: a call would meet the same, and say so. Raises
    :class:`NotHere` for an account that is gone.
    """
    with work.read() as session:
        account = get_account(session, account_id)
        address, ca_pem, version = account.base_url, account.ca_pem, account.version
    if KINDS[account.kind].is_cloud or address is None:
        return
    try:
        with registry.outbound.slots.one_call(work.tenant):
            seen = certificate_of(registry.outbound.wire, BaseUrl.stored(address), ca_pem)
    except (JiraTrouble, CaRefused, PortalBusy) as trouble:
        log.info("certificate_not_seen", account_id=str(account_id), why=str(trouble))
        return
    with work.write() as session:
        account = get_account(session, account_id, hold=True)
        if account.version == version:  # else it is of a former address
            _store(session, account_id, seen)


def _store(session: Session, account_id: UUID, seen: Seen | None) -> None:
    row = session.get(Certificate, (session.info["tenant_id"], account_id))
    if seen is None:
        if row is not None:
            session.delete(row)
        return
    told = {
        "subject": seen.subject,
        "issuer": seen.issuer,
        "ends_at": seen.ends_at,
        "seen_at": now_of(session),
    }
    if row is None:
        session.add(Certificate(account_id=account_id, **told))
        return
    for name, value in told.items():
        setattr(row, name, value)


def look_where_due(work: Work, registry: Registry, now: datetime) -> None:
    """Look at each Jira of the tenant that was not looked at for long, or whose certificate ends soon."""
    of_account = (Certificate.tenant_id == AlmAccount.tenant_id) & (Certificate.account_id == AlmAccount.id)
    long_ago = or_(Certificate.seen_at.is_(None), Certificate.seen_at <= now - LOOK_AGAIN)
    wanted = (
        select(AlmAccount.id)
        .outerjoin(Certificate, of_account)
        .where(AlmAccount.kind.in_(_ON_SERVERS), AlmAccount.base_url.like("https://%"))
        .where(AlmAccount.saved_at.is_not(None), or_(long_ago, Certificate.ends_at <= now + NEAR))
    )
    with work.read() as session:
        ids = session.scalars(wanted).all()
    for account_id in ids:
        with suppress(NotHere):  # deleted meanwhile
            look(work, registry, account_id)
