"""Whether Jira knows the consumer of an application link, and takes its signature (OAuth 1.0a).

One call tells both without anybody's consent: Jira gives a request token only to a consumer it knows, for a
signature that fits, and takes the callback along. It looks at these in an order of its own (consumer key,
timestamp, signature, callback), so a refusal proves what stands before it.
"""

from dataclasses import dataclass
from typing import cast

from portal.checklist.calls import Calls
from portal.checklist.checks.jira import is_jira
from portal.checklist.outcome import Outcome, State, failed, proved, unknown, waiting
from portal.credentials.connections import OAuth1Connection
from portal.jira.answers import Code, JiraTrouble

# What a refusal is about; whatever is not named here stopped the call before Jira looked at it.
_OF_CONSUMER = frozenset({Code.CONSUMER_KEY_UNKNOWN})
_OF_CLOCK = frozenset({Code.TIMESTAMP_REFUSED})
_OF_SIGNATURE = frozenset(
    {
        Code.SIGNATURE_INVALID,
        Code.SIGNATURE_INVALID_KEY,
        Code.SIGNATURE_INVALID_URL,
        Code.SIGNATURE_METHOD_REJECTED,
        Code.VERSION_REJECTED,
        Code.NONCE_USED,
        Code.PARAMETER_REJECTED,
    }
)
# Jira did not come to look at the consumer: where a proxy takes our header away, its key is what is absent.
_UNTOLD = frozenset({Code.PARAMETER_ABSENT, Code.OAUTH_OTHER})
_BY_CONSUMER = _OF_CLOCK | _OF_SIGNATURE


@dataclass(frozen=True)
class TokenRequest:
    """What came of asking for a request token: ``trouble`` where there was none to be had.

    ``taken_between``: from when to when Jira takes timestamps, in seconds since 1970, where it refused one of
    ours first.
    """

    trouble: JiraTrouble | None
    taken_between: tuple[int, int] | None

    @property
    def code(self) -> Code | None:
        """The code of the trouble."""
        return self.trouble.code if self.trouble else None

    @property
    def is_about_callback(self) -> bool:
        """Whether Jira took all but the callback."""
        return (
            self.trouble is not None
            and self.code is Code.PARAMETER_REJECTED
            and "oauth_callback" in self.trouble.evidence.get("parameters", "")
        )


def request_token(calls: Calls) -> TokenRequest:
    """Ask for a request token, once in a run. Nobody uses it; Jira forgets it after ten minutes."""
    return calls.once("request token", lambda: _ask(calls))


def _ask(calls: Calls) -> TokenRequest:
    with calls.within_ceiling() as connection:
        client = calls.registry.server_client(cast(OAuth1Connection, connection))
        with client._get_oauth_client() as session:
            session.redirect_uri = callback_url(calls)
            try:
                session.fetch_request_token(client.request_token_url)
            except JiraTrouble as trouble:
                trouble.evidence.setdefault("host", connection.base_url.host)
                return TokenRequest(trouble, session.taken_between)
            return TokenRequest(None, session.taken_between)


def callback_url(calls: Calls) -> str:
    """Where people come back to."""
    return calls.registry.portal_url + calls.scene.account.callback_path


def client(calls: Calls) -> Outcome:
    """Whether Jira knows the consumer key."""
    found, key = request_token(calls), calls.scene.account.key.consumer_key
    tried = f"Asked Jira for a request token as the consumer {key}."
    if found.trouble is None or found.code in _BY_CONSUMER:
        return proved(f"Jira knows the consumer key {key}.", tried)
    if found.code in _OF_CONSUMER:
        return failed(str(found.code), tried=tried, consumer=key)
    if found.code in _UNTOLD and "oauth_consumer_key" not in found.trouble.evidence.get("parameters", ""):
        return unknown(str(found.code), tried=tried, **found.trouble.evidence)
    if found.code in {Code.NOT_JIRA, Code.NOT_FOUND} and is_jira(calls).state is State.PROVED:
        return failed("oauth1_missing", tried=tried, host=calls.scene.base_url)
    return of_the_call(calls, found.trouble, tried)


def of_the_call(calls: Calls, trouble: JiraTrouble, tried: str) -> Outcome:
    """What stopped a call that goes out beside the one to serverInfo: where that one fails too, it is no
    matter of this row."""
    if is_jira(calls).state is not State.PROVED:
        return waiting("jira")
    return failed(str(trouble.code), tried=tried, **trouble.evidence)


def signature(calls: Calls) -> Outcome:
    """Whether Jira takes the signature; by the text it signed itself, whose fault it is where it does not."""
    found, key = request_token(calls), calls.scene.account.key
    tried = f"Signed a request for a request token with the key {key.fingerprint}."
    if found.trouble is None or found.is_about_callback:
        return proved("Jira checked the signature, and it fits.", tried)
    if found.code in _OF_CLOCK:
        return waiting("clocks")
    evidence = found.trouble.evidence
    if found.code is Code.SIGNATURE_INVALID_URL and "parameters" in evidence:
        return failed("signature_invalid_parameters", _addresses(evidence), tried, **evidence)
    return failed(str(found.code), _addresses(evidence), tried, **evidence)


def _addresses(evidence: dict[str, str]) -> str:
    """Both addresses, for whoever looks for the difference; a token stands in neither."""
    if "signed_by_us" not in evidence:
        return ""
    return f"We signed {evidence['signed_by_us']}; Jira signed {evidence['seen_by_jira']}."


def callback(calls: Calls) -> Outcome:
    """Whether Jira sends people back to our callback URL: it goes along with the request token."""
    found, url = request_token(calls), callback_url(calls)
    tried = f"Sent the callback {url} with the request for a request token."
    if found.trouble is None:
        return proved(f"Jira confirmed that it sends people back to {url}.", tried)
    if found.is_about_callback:
        return failed(str(found.code), tried=tried, **found.trouble.evidence)
    return waiting("clocks" if found.code in _OF_CLOCK else "signature")
