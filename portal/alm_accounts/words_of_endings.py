"""What is said of an end: what it is, what happens by itself, who can act, and what to do."""

from dataclasses import dataclass, replace

from portal.kinds.methods import API_TOKEN, OAUTH1, PASSWORD, PAT, SCOPED_TOKEN


@dataclass(frozen=True)
class Words:
    """``in_set_up``: for the account's own, it is mended on the set-up page. ``is_advice``: nothing stops."""

    title: str
    by_itself: str
    who: str
    todo: str
    in_set_up: bool = False
    is_advice: bool = False


NEW_WAY = "Connect the new way: press Reconnect."
REMIND = "They connect the new way; see who has not yet, and remind them."
_AT_ATLASSIAN = "Make a new token at Atlassian and enter it with its end date."
_TOKEN = Words(
    "API token", "Nothing renews it: from then on Atlassian refuses it.", "", _AT_ATLASSIAN, in_set_up=True
)
# By kind of end: a method of ``portal.kinds.methods``, or what else may end.
_WORDS = {
    API_TOKEN: _TOKEN,
    SCOPED_TOKEN: replace(_TOKEN, title="API token with scopes"),
    PAT: Words(
        "Personal access token",
        "Nothing renews it: from then on Jira refuses it.",
        "",
        "Make a new one in Jira (profile → Personal Access Tokens) and enter it.",
        in_set_up=True,
    ),
    PASSWORD: Words("Password", "Nothing renews it.", "", "Enter the new password.", in_set_up=True),
    OAUTH1: Words(
        "OAuth 1.0a token",
        "Jira does not renew it: from then on it is refused.",
        "",
        "Connect again; one click and Allow in Jira.",
        in_set_up=True,
    ),
    "idle": Words(
        "Consent that was not renewed",
        "It renews itself, but that has not worked for a long time. It ends if it goes on so.",
        "",
        "Press Test connection. If that fails, connect again.",
    ),
    "old_way": Words(
        "Former way of connecting",
        "The way this account connects was changed. From then on the older connection is not used any more.",
        "",
        NEW_WAY,
    ),
    "client_secret": Words(
        "Client secret that is refused",
        "Consents cannot be renewed, so connections stop within the hour. They go on by themselves as soon "
        "as the right secret is here, until the day on which the consents are forgotten.",
        "An admin",
        "Copy client ID and secret again, on the set-up page.",
        in_set_up=True,
    ),
    "signing_key": Words(
        "RSA signing key",
        "Nothing: it has no end and goes on working. A key is best replaced after two years.",
        "An admin",
        "Replace it on the page Key; people stay connected.",
        is_advice=True,
    ),
    "certificate": Words(
        "TLS certificate of that Jira",
        "Whoever runs that Jira renews it; a new one is seen here by itself. If nobody does, every call "
        "fails from then on.",
        "Your Jira admin",
        "Ask whether the renewal is under way. Test connection looks at it anew.",
    ),
    "program_key": Words(
        "Program key",
        "Nothing renews it: from then on programs that use it are refused.",
        "An admin",
        "Replace it on its page, put the second key where this one is, then revoke this one.",
    ),
}
TITLES = {kind: words.title for kind, words in _WORDS.items()}
_WHO = {"own": "An admin", "mine": "You", "people": "Each of them, in their own profile"}

# Said once for all accounts, in this order.
NO_END = {
    "consent": "Consents at Atlassian are renewed by themselves, every hour while they are used and about "
    "every 30 days in any case. One ends only if nobody uses it for 90 days and the portal cannot renew it.",
    "consent_server": "Consents in Jira Data Center (OAuth 2.0) are renewed by themselves, whenever they "
    "are used and about every 30 days in any case.",
    OAUTH1: "For these OAuth 1.0a tokens Jira named no end. They end when somebody revokes them in Jira.",
    "token": "These tokens have no end date, or none is known here. They end when somebody revokes them.",
    PASSWORD: "Passwords end when they are changed in Jira.",
    "secret": "Client secrets of apps have no end that is known. They end when somebody makes a new one.",
    "key": "RSA signing keys have no end. It is good practice to replace one after two years.",
    "no_certificate": "No TLS certificate was seen.",
}


def words_of(kind: str, whose: str, *, is_shared: bool = False) -> Words:
    """The words for an end of this kind; ``is_shared``: of an account by the operator's app."""
    words = _WORDS[kind]
    if kind == "client_secret" and is_shared:
        return replace(
            words,
            who="The operator of this portal",
            todo="Tell the operator: the app of this portal is refused at Atlassian.",
            in_set_up=False,
        )
    return words if words.who else replace(words, who=_WHO[whose])
