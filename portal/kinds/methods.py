"""The ways in which a credential can be held: what is sent to Jira, and how it came.

The names are stored with each credential, so that one made before its account was converted goes on being
sent as it was given.
"""

OAUTH1 = "oauth1"
OAUTH2 = "oauth2"
API_TOKEN = "api_token"  # noqa: S105 - the name of a method
SCOPED_TOKEN = "scoped_token"  # noqa: S105
PAT = "pat"
PASSWORD = "password"  # noqa: S105
TWO_LEGGED = "two_legged"

CONSENTS = frozenset({OAUTH1, OAUTH2})
# What somebody pastes, and what is sent as it is.
PASTED = frozenset({API_TOKEN, SCOPED_TOKEN, PAT, PASSWORD})
# Two of a kind: no call tells which one a token of Atlassian's is.
API_TOKENS = frozenset({API_TOKEN, SCOPED_TOKEN})

NAMES = {
    OAUTH1: "OAuth 1.0a",
    OAUTH2: "OAuth 2.0",
    API_TOKEN: "API token without scopes",
    SCOPED_TOKEN: "API token with scopes",
    PAT: "personal access token",
    PASSWORD: "user name and password",
    TWO_LEGGED: "OAuth credential of a site",
}

# What a test sends to see that it is refused: with a login never a wrong secret, since Jira counts those.
CONTROLS = {
    OAUTH1: "a spoiled signature",
    OAUTH2: "a made-up token",
    API_TOKEN: "a call without a credential",
    SCOPED_TOKEN: "a call without a credential",
    PAT: "a made-up token",
    PASSWORD: "a call without a credential",
}
