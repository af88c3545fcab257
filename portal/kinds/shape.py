"""The one shape all kinds of ALM account have: data and pure functions, which read and call nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from portal.kinds.methods import CONSENTS, PASTED, TWO_LEGGED

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
    """A permission to tick in Jira: its name there, its id ("" where it shows none), and what it is for."""

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
class Tool:
    """What an OAuth credential of a site says of the tool it is for."""

    app_name: str
    server_url: str
    logo_url: str


@dataclass(frozen=True)
class Facts:
    """What a guide is filled in with: this portal's, this tenant's and this account's own values.

    ``consumer_key`` and ``public_pem`` are of OAuth 1.0a; ``console_url`` is the developer console, where the
    apps of OAuth 2.0 are made. ``tokens_url`` is where API tokens are made, and ``scopes`` are those one
    needs. ``apps_url`` is where one comes to the apps of a site, and ``tool`` what is entered there.
    ``asked_by`` is who asks for it, where the reader has no account in this portal.
    """

    portal_url: str
    callback_url: str
    base_url: str | None
    tenant_name: str
    user_agent: str
    consumer_key: str = ""
    public_pem: str = ""
    console_url: str = ""
    tokens_url: str = ""
    scopes: tuple[str, ...] = ()
    apps_url: str | None = None
    tool: Tool = Tool("", "", "")
    outbound_addresses: tuple[str, ...] = ()
    asked_by: str = ""

    @property
    def carry_over(self) -> str:
        """What to do with a client id and its secret."""
        if not self.asked_by:
            return "copy both into the fields under “In Almoner”."
        return (
            f"give both to {self.asked_by}, who enters them in this portal. The secret goes by a safe way, "
            "such as a vault that you share: never by mail or chat, and not through this page."
        )


@dataclass(frozen=True)
class JiraSide:
    """What Jira's own pages are called and where they are: people sign out and take consent back there.

    ``name`` is who asks for consent; ``consents`` is the page that lists what one allowed, and
    ``revoke`` the way on from it. ``stuck`` says what an error page there means, that never leads back.
    ``tokens`` is the page that lists one's API tokens, where a kind takes them beside a consent.
    """

    name: str
    sign_out: str
    consents: str
    consents_title: str
    revoke: str
    stuck: str = ""
    tokens: str = ""


@dataclass(frozen=True)
class Kind:
    """One way of connecting to a Jira (design, section 4).

    ``account_by`` and ``person_by`` are the methods, in order, by which the account's own and a person's
    credential may be held. ``rule`` is a rule of the vendor's that admins must know. ``side`` is made from
    the account's address and that of Atlassian's authorisation server. ``token_guide`` says how a person
    makes the token this kind takes. ``since`` is the first version of Jira that knows a method, where not
    every one does. ``converts_to`` are the kinds an account in use may become. Whoever adds an account reads
    ``title``, ``summary`` (how people connect, and when to take it) and ``who_in_jira``; ``is_recommended``
    marks the one of Jira Cloud, and the one of Jira Server and Data Center, that suits most.
    """

    name: str
    is_cloud: bool
    title: str
    summary: str
    who_in_jira: str
    who_connects: str
    account_by: tuple[str, ...]
    person_by: tuple[str, ...]
    guide: Callable[[Facts], tuple[Step, ...]] = field(repr=False)
    side: Callable[[str, str], JiraSide] = field(repr=False)
    token_guide: Callable[[Facts], tuple[Step, ...]] | None = field(default=None, repr=False)
    converts_to: tuple[str, ...] = ()
    since: Mapping[str, tuple[int, int]] = field(default_factory=dict, hash=False)
    rule: str = ""
    is_recommended: bool = False

    @property
    def choice(self) -> str:
        """What the button says by which an account of this kind is begun."""
        return f"Set up {self.title}"

    @property
    def consent(self) -> str | None:
        """The protocol of its consent page; None where it has none."""
        return next((method for method in self.person_by if method in CONSENTS), None)

    @property
    def tokens(self) -> tuple[str, ...]:
        """The methods by which a token or password is pasted."""
        return tuple(method for method in self.account_by if method in PASTED)

    @property
    def only_sends(self) -> bool:
        """Whether its credential belongs to no person and can read nothing: nobody connects to it, and there
        are no boards and fields."""
        return self.account_by == (TWO_LEGGED,)

    def callback_path(self, account_id: UUID) -> str:
        """Path of the callback URL of one account of this kind; the flow row must hold the same."""
        return f"/oauth/{account_id}/callback"
