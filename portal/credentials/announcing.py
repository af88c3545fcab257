"""Telling the people who rest on a grant that it ended. The pages show it in any case."""

from collections import defaultdict
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import mail
from portal.credentials.problems import problem
from portal.people.memberships import ADMIN
from portal.store.tables import AlmAccount, Credential, Grant, Membership, Tenant, User


def announce_end(session: Session, row: Grant, why: str) -> None:
    """Queue a message to everybody whose connection rested on this grant, once for each time it ends.

    ``why``: the code of a problem. A person is told of their own; of an account's own, the admin who
    authorised it, or every admin where that person is none any more. Nobody is while mail is off.
    """
    if not mail.is_on(session):
        return
    tenant = session.get_one(Tenant, row.tenant_id)
    users = _members(session, row.tenant_id)
    told: dict[UUID, list[str]] = defaultdict(list)
    for credential, account in _resting(session, row):
        for user_id in _concerned(credential, users):
            told[user_id].append(_line(session, tenant, credential, account))
    for user_id, lines in told.items():
        once = f"grant {row.id.hex} {row.generation} {user_id.hex}"
        letter = ended(tenant.name, why, lines)
        mail.queue(session, once, users[user_id][0].email, *letter)


Members = dict[UUID, tuple[User, str]]


def _members(session: Session, tenant_id: UUID) -> Members:
    """The tenant's people who can sign in, with their roles."""
    wanted = (
        select(User, Membership.role)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.tenant_id == tenant_id, User.disabled_at.is_(None))
    )
    return {user.id: (user, role) for user, role in session.execute(wanted)}


def _resting(session: Session, row: Grant) -> list[tuple[Credential, AlmAccount]]:
    of_account = (AlmAccount.tenant_id == Credential.tenant_id) & (AlmAccount.id == Credential.account_id)
    wanted = (
        select(Credential, AlmAccount)
        .join(AlmAccount, of_account)
        .where(Credential.grant_id == row.id, Credential.state == "active")
        .order_by(AlmAccount.name, Credential.user_id.is_(None))
    )
    return [(credential, account) for credential, account in session.execute(wanted)]


def _concerned(credential: Credential, members: Members) -> list[UUID]:
    if credential.user_id is not None:
        return [credential.user_id] if credential.user_id in members else []
    admins = [user_id for user_id, (_, role) in members.items() if role == ADMIN]
    return [credential.connected_by] if credential.connected_by in admins else admins


def _line(session: Session, tenant: Tenant, credential: Credential, account: AlmAccount) -> str:
    """What ended, and the page on which it is made anew."""
    if credential.user_id is None:
        whose, path = "the connection of the account itself", f"alm-accounts/{account.id}/set-up"
    else:
        whose, path = "your own connection", f"profile/alm-credentials/{account.id}"
    return f"{account.name}, {whose}:\n{mail.link(session, f'/t/{tenant.slug}/{path}')}"


def ended(tenant: str, why: str, lines: list[str]) -> tuple[str, str]:
    """Subject and text. ``why``: the code of a problem; ``lines``: what ended, each with its page."""
    known = problem(why)
    what = "\n\n".join(lines)
    text = f"""A connection to Jira that you are in charge of at {tenant} has ended.

{known.title}. {known.cause}

Connect again on this page; you will be asked for your consent at Atlassian:

{what}

Boards and settings stay as they are.
"""
    return f"A connection to Jira of {tenant} has ended", text
