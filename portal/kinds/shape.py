"""The one shape all kinds of ALM account have: data and pure functions, which read and call nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

OAUTH1 = "oauth1"
OAUTH2 = "oauth2"
# Where the operator's shared app at Atlassian sends browsers back to: an app has one callback URL only.
SHARED_CALLBACK = "/oauth/shared/callback"


@dataclass(frozen=True)
class Copy:
    """A value to carry over to Jira, with its name there."""

    id: str
    label: str
    value: str
    multiline: bool = False


@dataclass(frozen=True)
class Step:
    """One numbered step on the Jira side. ``link`` is (address, text) once the address can be known."""

    title: str
    text: tuple[str, ...] = ()
    copies: tuple[Copy, ...] = ()
    link: tuple[str, str] | None = None


@dataclass(frozen=True)
class Facts:
    """What a guide is filled in with: this portal's, this tenant's and this account's own values."""

    portal_url: str
    callback_url: str
    base_url: str | None
    tenant_name: str
    consumer_key: str
    public_pem: str
    user_agent: str
    outbound_addresses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kind:
    """One way of connecting to a Jira (design, section 4).

    ``account_by`` and ``person_by`` are the ways, in order, in which the account's own and a person's
    credential may be held: ``consent`` is an OAuth consent page. ``protocol`` is that page's. ``control``
    names what a test sends to see that it is refused.
    """

    name: str
    protocol: str
    control: str
    title: str
    summary: str
    who_in_jira: str
    who_connects: str
    account_by: tuple[str, ...]
    person_by: tuple[str, ...]
    guide: Callable[[Facts], tuple[Step, ...]] = field(repr=False)

    def callback_path(self, account_id: UUID) -> str:
        """Path of the callback URL of one account of this kind; the flow row must hold the same."""
        return f"/oauth/{account_id}/callback"
