"""Not sending wrong secrets to a Jira again and again: after a few wrong passwords, three as it is installed,
Jira asks that user for a captcha, which shuts out every program that signs in as them.

Counted by who holds the secret, so that nobody uses up what somebody else may try.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from portal.jira.answers import Code, JiraTrouble
from portal.kinds.methods import PASSWORD
from portal.store import tries
from portal.store.tries import Ask, Full, Rate
from portal.store.work import Work

# Jira never forgets a wrong password by itself: one less than it takes, and the next a quarter of an hour on.
PASSWORDS = Rate(2, timedelta(minutes=15))
# Whatever is sent, in whoever's name: nobody guesses at a Jira through the portal.
ANY = Rate(6, timedelta(minutes=2, seconds=30))
# Not among them: where Jira wants a captcha it did not look at the password; once that is solved, it does.
WRONG = frozenset(
    {
        Code.TOKEN_REFUSED,
        Code.PAT_REFUSED,
        Code.PASSWORD_REFUSED,
        Code.UNAUTHORIZED,
        Code.ANONYMOUS,
    }
)


@contextmanager
def counted(work: Work, account_id: UUID, user_id: UUID | None, method: str, login: str) -> Iterator[None]:
    """Try a secret at Jira, the account's own (``user_id`` None) or a person's; only a wrong one counts.

    Raises JiraTrouble ``tried_too_often``, and nothing is sent, where too many were wrong.
    """
    asks = _asks(work, account_id, user_id, method, login)
    try:
        with work.write() as session:
            tries.take(session, asks)
    except Full as full:
        raise JiraTrouble(Code.TRIED_TOO_OFTEN, pause=full.seconds) from None
    was_wrong = False
    try:
        yield
    except JiraTrouble as trouble:
        was_wrong = trouble.code in WRONG
        raise
    finally:
        if not was_wrong:
            with work.write() as session:
                tries.give_back(session, asks)


def _asks(work: Work, account_id: UUID, user_id: UUID | None, method: str, login: str) -> list[Ask]:
    of = "jira", str(work.tenant), str(account_id), str(user_id or account_id)
    vault = work.store.vault
    asks = [Ask("jira", tries.about(vault, *of), ANY)]
    if method == PASSWORD:
        asks.append(Ask("jira_user", tries.about(vault, *of, login.casefold()), PASSWORDS))
    return asks
