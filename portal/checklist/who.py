"""Whose Jira user stands behind an account, and whether anybody else can connect to it."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.alm_accounts.account_views import AccountView
from portal.credentials.views import views_of
from portal.people.texts import email_key
from portal.store.tables import AlmAccount, Credential, Membership, User

# Of the people connected last; where none of so many works, the rows above say more.
_LOOKED_AT = 50


def own_is_also(session: Session, account: AccountView) -> tuple[UUID, ...]:
    """People of the tenant who are the identity of the account itself: connected as the same Jira user, on
    any account of that Jira, or known here by the same e-mail address."""
    own = _own(session, account)
    if own is None:
        return ()
    return tuple(_connected_as(session, account, own) | _known_by_email(session, own))


def _own(session: Session, account: AccountView) -> Credential | None:
    which = account.own and (session.info["tenant_id"], account.own.id)
    return session.get(Credential, which) if which else None


def _connected_as(session: Session, account: AccountView, own: Credential) -> set[UUID]:
    if not own.jira_key:
        return set()
    same_jira = select(AlmAccount.id).where(AlmAccount.base_url == account.base_url)
    wanted = select(Credential.user_id).where(
        Credential.account_id.in_(same_jira), Credential.jira_key == own.jira_key
    )
    return {user_id for user_id in session.scalars(wanted) if user_id is not None}


def _known_by_email(session: Session, own: Credential) -> set[UUID]:
    """A login is an e-mail address where API tokens are sent with one; Jira may hide the one it knows."""
    known = {email_key(text) for text in (own.jira_email, own.login) if "@" in text}
    if not known:
        return set()
    wanted = (
        select(User.id)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.tenant_id == session.info["tenant_id"], User.email_key.in_(known))
    )
    return set(session.scalars(wanted))


def has_second_person(session: Session, account: AccountView) -> bool:
    """Whether somebody else than who authorised the account is connected, as another Jira user."""
    own = _own(session, account)
    if own is None:
        return False
    wanted = select(Credential).where(
        Credential.account_id == account.id,
        Credential.user_id.is_not(None),
        Credential.user_id != own.connected_by,
        Credential.jira_key != own.jira_key,
        Credential.state == "active",
    )
    latest = session.scalars(wanted.order_by(Credential.connected_at.desc()).limit(_LOOKED_AT))
    return any(view.works for view in views_of(session, latest))
