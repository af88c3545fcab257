"""Telling the people who rest on a grant that it ended. The pages show it in any case."""

from collections import defaultdict
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import mail
from portal.credentials.problems import problem
from portal.kinds import KINDS
from portal.people.concerned import concerned, who_can_sign_in
from portal.store.tables import AlmAccount, Credential, Grant, Tenant


def announce_end(session: Session, row: Grant, why: str) -> None:
    """Queue a message to everybody whose connection rested on this grant, once for each time it ends.

    ``why``: the code of a problem. A person is told of their own; of an account's own, the admin who
    authorised it, or every admin where that person is none any more. Nobody is while mail is off, or the
    tenant is closed.
    """
    tenant = session.get_one(Tenant, row.tenant_id)
    if not mail.is_on(session) or tenant.is_closed:
        return
    users = who_can_sign_in(session, row.tenant_id)
    told: dict[UUID, list[str]] = defaultdict(list)
    resting = _resting(session, row)
    is_cloud = all(KINDS[account.kind].is_cloud for _, account in resting)
    for credential, account in resting:
        for user_id in concerned(users, credential.user_id, credential.connected_by):
            told[user_id].append(_line(session, tenant, credential, account))
    for user_id, lines in told.items():
        once = f"grant {row.id.hex} {row.generation} {user_id.hex}"
        letter = ended(tenant.name, why, lines, is_cloud=is_cloud)
        mail.queue(session, once, users[user_id][0].email, *letter)


def _resting(session: Session, row: Grant) -> list[tuple[Credential, AlmAccount]]:
    of_account = (AlmAccount.tenant_id == Credential.tenant_id) & (AlmAccount.id == Credential.account_id)
    wanted = (
        select(Credential, AlmAccount)
        .join(AlmAccount, of_account)
        .where(Credential.grant_id == row.id, Credential.state == "active")
        .order_by(AlmAccount.name, Credential.user_id.is_(None))
    )
    return [(credential, account) for credential, account in session.execute(wanted)]


def _line(session: Session, tenant: Tenant, credential: Credential, account: AlmAccount) -> str:
    """What ended, and the page on which it is made anew."""
    if credential.user_id is None:
        whose, path = "the connection of the account itself", f"alm-accounts/{account.id}/set-up"
    else:
        whose, path = "your own connection", f"profile/alm-credentials/{account.id}"
    return f"{account.name}, {whose}:\n{mail.link(session, f'/t/{tenant.slug}/{path}')}"


def ended(tenant: str, why: str, lines: list[str], *, is_cloud: bool) -> tuple[str, str]:
    """Subject and text. ``why``: the code of a problem; ``lines``: what ended, each with its page."""
    known = problem(why, is_cloud=is_cloud)
    what = "\n\n".join(lines)
    text = f"""A connection to Jira that you are in charge of at {tenant} has ended.

{known.title}. {known.cause}

{known.fix} You will be asked for your consent at {"Atlassian" if is_cloud else "Jira"} on this page:

{what}

Boards and settings stay as they are.
"""
    return f"A connection to Jira of {tenant} has ended", text
