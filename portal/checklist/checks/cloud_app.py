"""Whether Atlassian knows the app of an account on Jira Cloud, and takes its secret.

Atlassian's consent page looks at the client ID only after a sign-in, and its answer to a wrong ID and to a
wrong secret is the same; so both rows go by what a renewal or a consent met.
"""

from portal.alm_accounts.part_views import AppView
from portal.checklist.calls import Calls
from portal.checklist.checks.accepted import Accepted, accepted, when
from portal.checklist.checks.cloud import app_of, by_app, is_whole
from portal.checklist.checks.returned import returns
from portal.checklist.outcome import Outcome, failed, proved, unknown
from portal.checklist.row import Row
from portal.checklist.words import day_of
from portal.credentials.access_tokens import KeptTrouble
from portal.jira.answers import Code

RENEWED = "Renewed a consent at Atlassian, with client ID and secret."
LOOKED = "Looked at when Atlassian last took client ID and secret."
# What the place says that hands out tokens when it fails: elsewhere each is about the site.
OF_TOKEN_ENDPOINT = dict.fromkeys(
    (Code.SERVER_ERROR, Code.MAINTENANCE, Code.PROXY_PAGE, Code.HTML_INSTEAD_OF_JSON, Code.BROKEN_ANSWER),
    "token_endpoint_failed",
)


def client(calls: Calls) -> Outcome:
    """Whether Atlassian knows the client ID: it led somebody back here by it, or took it with its secret.

    Once both were refused together, what was before proves nothing: either may be the wrong one.
    """
    app = app_of(calls)
    if not is_whole(app):
        return failed("app_incomplete")
    found = accepted(calls)
    if found.is_refused:
        return unknown("shared_client_untold" if app.is_shared else "app_client_untold", tried=_tried(found))
    if found.was_accepted or found.at:
        return proved(f"Atlassian knows {_named(app)}; it took it last {when(found)}.", _tried(found))
    if back := returns(calls).last:
        said = f"Atlassian led somebody back here by {_named(app)} on {day_of(back)}."
        return proved(said, "Looked at who came back from Atlassian's consent page.")
    return unknown("client_unproved", tried=_tried(found), astray=returns(calls).astray)


def _named(app: AppView) -> str:
    return "the app of this portal" if app.is_shared else f"the client ID {app.client_id}"


def _tried(found: Accepted) -> str:
    return RENEWED if found.was_tried else LOOKED


def signature(calls: Calls) -> Outcome:
    """Whether Atlassian takes the client secret."""
    found = accepted(calls)
    tried = _tried(found)
    if isinstance(found.trouble, KeptTrouble):
        raise found.trouble
    if found.trouble is not None and not found.was_accepted:
        code = OF_TOKEN_ENDPOINT.get(found.trouble.code, str(found.trouble.code))
        return failed(code, tried=tried, **found.trouble.evidence)
    if found.at is None and not found.was_accepted:
        return unknown("secret_unproved", tried=tried)
    if found.is_stale:
        return unknown("secret_untried", f"Atlassian last took it {when(found)}.", tried)
    return proved(f"Atlassian took the client secret {when(found)}.", tried)


ROWS = (
    Row("client", "Consumer or client known", client, after=("jira",), applies=by_app),
    Row("signature", "Signature or secret accepted", signature, after=("client",), applies=by_app),
)
