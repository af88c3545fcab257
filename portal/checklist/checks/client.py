"""Whether Jira Server and Data Center know this portal as a client, by whichever protocol; on Jira Cloud
:mod:`portal.checklist.checks.cloud_app` looks."""

from portal.alm_accounts.account_views import AccountView
from portal.checklist.calls import Calls
from portal.checklist.checks import consumer, incoming_link
from portal.checklist.outcome import Outcome
from portal.checklist.row import Row
from portal.kinds.methods import OAUTH1


def _with_client(account: AccountView) -> bool:
    return account.kind.consent is not None and not account.kind.is_cloud


def _is_signed(calls: Calls) -> bool:
    return calls.scene.account.kind.consent == OAUTH1


def client(calls: Calls) -> Outcome:
    """Whether the consumer key or client ID is known."""
    return consumer.client(calls) if _is_signed(calls) else incoming_link.client(calls)


def signature(calls: Calls) -> Outcome:
    """Whether the signature or the client secret is accepted."""
    return consumer.signature(calls) if _is_signed(calls) else incoming_link.signature(calls)


def callback(calls: Calls) -> Outcome:
    """Whether Jira leads back to the callback URL."""
    return consumer.callback(calls) if _is_signed(calls) else incoming_link.callback(calls)


_CLIENT = Row(
    "client",
    "Consumer or client known",
    client,
    after=("jira",),  # a refresh token may be used up by asking, so only what is a Jira is asked
    applies=_with_client,
)
_SIGNATURE = Row(
    "signature",
    "Signature or secret accepted",
    signature,
    after=("client",),
    uses=("clocks",),
    applies=_with_client,
)
_CALLBACK = Row(
    "callback",
    "Callback matches exactly",
    callback,
    after=("client",),
    uses=("signature", "clocks"),
    applies=_with_client,
)
ROWS = (_CLIENT, _SIGNATURE, _CALLBACK)
