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
class Permission:
    """A permission to tick in Jira: its name there, its id, and what it is for."""

    name: str
    id: str
    use: str


@dataclass(frozen=True)
class Step:
    """One numbered step on the Jira side. ``link`` is (address, text) once the address can be known; ``who``
    says who can do it; ``permissions`` are to be ticked, each list under its own heading."""

    title: str
    text: tuple[str, ...] = ()
    copies: tuple[Copy, ...] = ()
    link: tuple[str, str] | None = None
    who: str = ""
    permissions: tuple[tuple[str, tuple[Permission, ...]], ...] = ()


@dataclass(frozen=True)
class Facts:
    """What a guide is filled in with: this portal's, this tenant's and this account's own values.

    ``consumer_key`` and ``public_pem`` are of OAuth 1.0a; ``console_url`` is the developer console, where the
    apps of OAuth 2.0 are made.
    """

    portal_url: str
    callback_url: str
    base_url: str | None
    tenant_name: str
    user_agent: str
    consumer_key: str = ""
    public_pem: str = ""
    console_url: str = ""
    outbound_addresses: tuple[str, ...] = ()


@dataclass(frozen=True)
class JiraSide:
    """What Jira's own pages are called and where they are: people sign out and take consent back there.

    ``name`` is who asks for consent; ``consents`` is the page that lists what one allowed, and
    ``revoke`` the way on from it. ``stuck`` says what an error page there means, that never leads back.
    """

    name: str
    sign_out: str
    consents: str
    consents_title: str
    revoke: str
    stuck: str = ""


@dataclass(frozen=True)
class Kind:
    """One way of connecting to a Jira (design, section 4).

    ``account_by`` and ``person_by`` are the ways, in order, in which the account's own and a person's
    credential may be held: ``consent`` is an OAuth consent page. ``protocol`` is that page's. ``control``
    names what a test sends to see that it is refused. ``rule`` is a rule of the vendor's that admins must
    know. ``side`` is made from the account's address and that of Atlassian's authorisation server.
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
    side: Callable[[str, str], JiraSide] = field(repr=False)
    rule: str = ""

    def callback_path(self, account_id: UUID) -> str:
        """Path of the callback URL of one account of this kind; the flow row must hold the same."""
        return f"/oauth/{account_id}/callback"
