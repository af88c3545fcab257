"""Whether a Jira Data Center knows its incoming link, and takes the client secret (OAuth 2.0).

No call asks for that alone, and Jira's answer to a wrong client ID and to a wrong secret is the same
(RFC 6749, section 5.2: ``invalid_client``). So a renewal proves both, or a consent since they were entered.
"""

from portal.checklist.calls import Calls
from portal.checklist.checks.accepted import Accepted, accepted, when
from portal.checklist.checks.consumer import callback_url, of_the_call
from portal.checklist.checks.returned import returns
from portal.checklist.outcome import Outcome, failed, proved, unknown
from portal.checklist.words import day_of
from portal.credentials.access_tokens import KeptTrouble

RENEWED = "Renewed a connection in Jira, with client ID and secret."
LOOKED = "Looked at when Jira last took client ID and secret."
SEEN = "Looked at who went to Jira's consent page, and who came back."


def client(calls: Calls) -> Outcome:
    """Whether Jira knows the client ID."""
    if calls.scene.connection is None:
        return failed("client_missing")
    app, found, back = calls.scene.account.app, accepted(calls), returns(calls)
    named = f"the client ID {app.client_id}" if app else "the client ID"
    tried = _tried(found)
    if isinstance(found.trouble, KeptTrouble):
        raise found.trouble
    if found.trouble is not None and not found.was_accepted:
        if found.is_refused:
            return unknown("client_untold", tried=tried)
        return of_the_call(calls, found.trouble, tried)
    is_of_now = found.at is not None and (back.since is None or found.at > back.since)
    if is_of_now or found.was_accepted:
        return proved(f"Jira knows {named}; it took it last {when(found)}.", tried)
    if back.last:
        return proved(f"Jira led somebody back here by {named} on {day_of(back.last)}.", SEEN)
    return unknown("link_unproved", tried=tried, astray=back.astray)


def _tried(found: Accepted) -> str:
    return RENEWED if found.was_tried else LOOKED


def signature(calls: Calls) -> Outcome:
    """Whether Jira takes the client secret."""
    found = accepted(calls)
    tried = _tried(found)
    if isinstance(found.trouble, KeptTrouble):
        raise found.trouble
    if found.trouble is not None and not found.was_accepted:
        return failed(str(found.trouble.code), tried=tried, **found.trouble.evidence)
    if found.at is None and not found.was_accepted:
        return unknown("link_secret_unproved", tried=tried)
    return proved(f"Jira took the client secret {when(found)}.", tried)


def callback(calls: Calls) -> Outcome:
    """Whether Jira leads back to our callback URL. Where it does not, only its own page says so."""
    found, url = returns(calls), callback_url(calls)
    if found.last and not found.astray:
        return proved(f"Somebody came back from Jira on {day_of(found.last)}, to {url}.", SEEN)
    said = f"Somebody last came back on {day_of(found.last)}." if found.last else ""
    code = "link_callback_astray" if found.astray else "link_callback_unproved"
    return unknown(code, said, SEEN, callback=url, astray=found.astray)
