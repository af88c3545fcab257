"""Having the portal make an account's application link in Jira, by a token or password used this once (A13).

What is typed in for it goes to Jira and nowhere else: no draft, row, log or line of the audit holds it.
"""

from collections.abc import Mapping

from portal.alm_accounts.account_views import AccountView
from portal.audit.log import record
from portal.credentials import jira_tries
from portal.credentials.connections import OAuth1Connection, read_oauth1
from portal.credentials.problem import Problem
from portal.credentials.registry import Registry
from portal.credentials.token_drafts import Typed
from portal.credentials.token_refusals import named_by
from portal.credentials.typed import Entry, Reading, read
from portal.errors import FieldErrors
from portal.jira.answers import Code, JiraTrouble
from portal.jira.applinks import HalfMade, NewLink, make_link
from portal.jira.token_session import JiraTokenSession
from portal.kinds.methods import PASSWORD, PAT
from portal.store.work import Work

METHODS = (PAT, PASSWORD)
MADE = "made"
_NAMES = {
    Code.FORBIDDEN: "link_rest_forbidden",
    Code.NOT_FOUND: "link_rest_missing",
    Code.NOT_JIRA: "link_rest_missing",
    Code.BAD_REQUEST: "link_rest_refused",
}


def make(
    work: Work, registry: Registry, account: AccountView, link: NewLink, given: Reading
) -> Problem | None:
    """Make the link with what was typed in; None when Jira did, else what came instead.

    Raises :class:`FieldErrors` for what cannot be sent, :class:`NotHere` for an account without a key.
    """
    if given.errors:
        raise FieldErrors(given.errors)
    with work.read() as session:
        connection = read_oauth1(session, account.id)
    trouble = _ask(work, registry, connection, link, given.typed)
    with work.write() as session:
        outcome, code = ("failed", trouble[0]) if trouble else ("ok", MADE)
        record(session, work, "link.made_by_rest", outcome=outcome, account_id=account.id, code=code)
    return account.trouble(*trouble) if trouble else None


def read_typed(method: str, login: str, secret: str) -> Reading:
    """What was typed in, field by field, with what is wrong of it. Nothing of it is kept."""
    return read(Entry(method, login, secret, ""), METHODS, None)


def _ask(
    work: Work, registry: Registry, connection: OAuth1Connection, link: NewLink, typed: Typed
) -> tuple[str, Mapping[str, str]] | None:
    """The problem's code and its evidence; None when the link is made."""
    try:
        of = connection.account_id, work.user_id, typed.method, typed.login
        with jira_tries.counted(work, *of), registry.within_ceiling(connection), named_by(typed.method):
            make_link(_session(registry, connection, typed), connection.base_url, link)
    except HalfMade as half:
        return "link_rest_half", half.trouble.evidence
    except JiraTrouble as trouble:
        exists = trouble.evidence.get("status") == "409"
        code = "link_rest_exists" if exists else _NAMES.get(trouble.code, str(trouble.code))
        return code, trouble.evidence
    return None


def _session(registry: Registry, connection: OAuth1Connection, typed: Typed) -> JiraTokenSession:
    if typed.secret is None:
        raise FieldErrors({"secret": "Paste the personal access token, or enter the password."})
    return JiraTokenSession(
        wire=registry.outbound.wire, secret=typed.secret, login=typed.login, ca_pem=connection.ca_pem
    )
