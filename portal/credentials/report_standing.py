"""How an account stands with personal data reporting, for its overview: done, cannot be, or not needed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.credentials.held_data import holdings
from portal.credentials.reporting import EVENT, REPORTED
from portal.kinds.scopes import REPORT
from portal.kinds.shape import Kind
from portal.store.tables import AccountApp, AccountToReport, AuditEvent, OauthApp
from portal.store.work import Work

# Why it is not done; the page has a sentence for each.
NOT_NEEDED, NO_APP, NO_PERMISSION, NO_CONSENT, DONE = (
    "not_needed",
    "no_app",
    "no_permission",
    "no_consent",
    "done",
)


@dataclass(frozen=True)
class Standing:
    """``state`` is one of the words above. ``accounts`` are those of which this tenant holds data for ALM
    accounts by that app, by consent or by token; ``last`` is when one was last reported, ``next`` when the
    next one is due, ``refusal`` the code with which the last try failed."""

    state: str
    accounts: int = 0
    last: datetime | None = None
    next: datetime | None = None
    refusal: str | None = None


def standing(work: Work, account_id: UUID, kind: Kind) -> Standing:
    """How it stands with this account of the tenant."""
    if not kind.is_cloud or kind.only_sends:
        return Standing(NOT_NEEDED)
    with work.read() as session:
        app = _app(session, account_id)
        if app is None or app.client_id is None:
            return Standing(NO_APP)
        if REPORT not in app.scopes:
            return Standing(NO_PERMISSION)
        held = session.execute(holdings().where(OauthApp.id == app.id)).all()
        accounts = {row.jira_key for row in held}
        if not any(row.state == "active" and REPORT in row.scopes for row in held):
            return Standing(NO_CONSENT, len(accounts))
        same = (AccountToReport.client_id == app.client_id) & AccountToReport.provider_account.in_(accounts)
        rows = session.scalars(select(AccountToReport).where(same)).all()
        last = max((row.reported_at for row in rows if row.reported_at), default=None)
        following = min((row.due_at for row in rows), default=None)
        return Standing(DONE, len(accounts), last, following, _refusal(session, app.id))


def _app(session: Session, account_id: UUID) -> OauthApp | None:
    of_account = (AccountApp.tenant_id == OauthApp.tenant_id) & (AccountApp.app_id == OauthApp.id)
    wanted = select(OauthApp).join(AccountApp, of_account).where(AccountApp.account_id == account_id)
    return session.scalars(wanted).first()


def _refusal(session: Session, app_id: UUID) -> str | None:
    """The code of the newest line about it, where that one failed."""
    about = (AuditEvent.event == EVENT) & (AuditEvent.subject_id == app_id)
    line = session.scalars(select(AuditEvent).where(about).order_by(AuditEvent.seq.desc()).limit(1)).first()
    return line.details["code"] if line and line.details["code"] != REPORTED else None
