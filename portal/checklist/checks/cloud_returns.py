"""Whether people come back from Atlassian's consent page: the callback, and what only that page says."""

from portal.checklist.calls import Calls
from portal.checklist.checks.cloud import by_app
from portal.checklist.checks.returned import returns
from portal.checklist.outcome import Outcome, proved, unknown
from portal.checklist.row import Row
from portal.checklist.words import day_of

TRIED = "Looked at who went to Atlassian's consent page, and who came back."


def callback(calls: Calls) -> Outcome:
    """Whether Atlassian leads back to our callback URL. Where it does not, only its own page says so."""
    found, account = returns(calls), calls.scene.account
    if found.last and not found.astray:
        said = f"Somebody came back from Atlassian on {day_of(found.last)}, to {_callback(calls)}."
        return proved(said, TRIED)
    shared = account.is_by_shared_app
    code = "shared_callback_unproved" if shared else "callback_unproved"
    told = {"callback": _callback(calls), "astray": found.astray}
    said = f"Somebody last came back on {day_of(found.last)}." if found.last else ""
    return unknown(code, said, TRIED, **told)


def _callback(calls: Calls) -> str:
    return calls.registry.portal_url + calls.scene.account.callback_path


ROWS = (Row("callback", "Callback matches exactly", callback, after=("client",), applies=by_app),)
