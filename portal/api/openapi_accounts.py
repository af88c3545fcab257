"""ALM accounts, their credentials and the proxy, as the description of the interface shows them."""

from portal.api.asked import PERSON
from portal.api.credentials import PRESET_SECONDS
from portal.api.openapi_parts import (
    OF_A_KEY,
    OF_ANYBODY,
    OF_ONE,
    TIME,
    UUID,
    Json,
    all_required,
    answer,
    by_key,
    in_path,
    ref,
    refusals,
)
from portal.config import MOST_VALID_SECONDS
from portal.kinds import KINDS
from portal.kinds.methods import NAMES, OAUTH1, TWO_LEGGED
from portal.programs.keys import OPERATIONS, READ_ACCOUNTS, READ_CREDENTIALS

_OF_A_CREDENTIAL = (
    "account-not-ready",
    "account-only-sends",
    "account-busy",
    "not-connected",
    "person-not-allowed",
    "jira-unreachable",
    "jira-slow",
    "jira-answer-broken",
    "portal-busy",
    "portal-full",
)
OF_ACTING = (*OF_ANYBODY, *OF_ONE, *_OF_A_CREDENTIAL)
ACCOUNT = in_path("account_id", "One of the ALM accounts of the key.")
ACTING_AS: Json = {
    "name": PERSON,
    "in": "header",
    "required": False,
    "description": "The e-mail address of a person who has connected this ALM account in their profile and "
    "lets programs act for them there; without it, the account's own credential is used.",
    "schema": {"type": "string", "format": "email"},
}
_MIN_VALID: Json = {
    "name": "min_valid",
    "in": "query",
    "required": False,
    "description": "Seconds for which it has to be valid at least; it is renewed for that where it can be.",
    "schema": {
        "type": "integer",
        "minimum": 0,
        "maximum": MOST_VALID_SECONDS,
        "default": PRESET_SECONDS,
    },
}


def paths() -> Json:
    """Each address but those of the proxy, with what it takes and answers."""
    of_one = "/api/v1/alm-accounts/{account_id}"
    return {"/api/v1/alm-accounts": _listing(), f"{of_one}/credentials": _credentials()}


def schemas() -> Json:
    """What is answered there, by name."""
    return {"AlmAccounts": _ACCOUNTS, "Trouble": _TROUBLE, "Credentials": _CREDENTIALS}


def _listing() -> Json:
    operation = {
        "operationId": "list_accounts",
        "summary": "List the ALM accounts of the key, with how they stand",
        "security": by_key(READ_ACCOUNTS),
        "responses": {"200": answer("All of them, by name.", "AlmAccounts")}
        | refusals(*OF_ANYBODY, *OF_A_KEY),
    }
    return {"get": operation}


def _credentials() -> Json:
    codes = (
        *OF_ACTING,
        "read-only-account",
        "credential-stays-here",
        "min-valid-unusable",
        "min-valid-impossible",
    )
    operation = {
        "operationId": "get_credentials",
        "summary": "Get what to send to Jira, where to, and for how long it is good",
        "description": "RSA keys, client secrets and refresh tokens never leave the portal: an account of "
        "OAuth 1.0a is used through the proxy.",
        "security": by_key(READ_CREDENTIALS),
        "parameters": [ACCOUNT, _MIN_VALID, ACTING_AS],
        "responses": {"200": answer("It is good now.", "Credentials")} | refusals(*codes),
    }
    return {"get": operation}


def _or_null(schema: Json) -> Json:
    return schema | {"type": [schema["type"], "null"]}


_TEXT: Json = {"type": "string"}
_URI: Json = {"type": "string", "format": "uri"}
_TROUBLE = all_required({
    "code": _TEXT,
    "title": _TEXT,
    "cause": _TEXT,
    "owner": _TEXT | {"description": "Who can mend it."},
    "fix": _TEXT,
})  # fmt: skip
_STATES = (
    "connected", "limited", "pending", "ending_soon", "expired", "refused", "ended", "not_connected",
)  # fmt: skip
_ACCOUNT = all_required({
    "id": UUID,
    "name": _TEXT,
    "kind": {"type": "string", "enum": list(KINDS)},
    "url": _or_null(_URI) | {"description": "Where people open that Jira."},
    "state": {"type": "string", "enum": list(_STATES), "description": "Of its own credential."},
    "problem": {"anyOf": [ref("Trouble"), {"type": "null"}]},
    "method": {"type": ["string", "null"], "enum": [*NAMES, None]},
    "acts_as": _or_null(_TEXT) | {"description": "The name of its user in Jira."},
    "operations": {"type": "array", "items": {"type": "string", "enum": list(OPERATIONS)}},
    "proxy": _or_null(_URI) | {"description": "Where to send requests for that Jira."},
    "credentials": _or_null(_URI) | {"description": "Where to get it; null where it stays here."},
})  # fmt: skip
_ACCOUNTS = all_required({"alm_accounts": {"type": "array", "items": _ACCOUNT}})
_CREDENTIALS = all_required({
    "account_id": UUID,
    "method": {"type": "string", "enum": [one for one in NAMES if one not in (OAUTH1, TWO_LEGGED)]},
    "acts_as": _or_null(_TEXT) | {"description": "The name of that user in Jira."},
    "base_url": _URI | {"description": "Where to send: rest/api/… stands below it."},
    "browse_url": _or_null(_URI) | {"description": "Where people open that Jira."},
    "headers": all_required({"Authorization": _TEXT}) | {"description": "To be sent with each request."},
    "expires_at": _or_null(TIME) | {"description": "When it ends; null where no end is known."},
    "valid_for": {"type": ["integer", "null"], "description": "The same, in whole seconds from now."},
})  # fmt: skip
