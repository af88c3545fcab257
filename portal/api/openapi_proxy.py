"""The proxy, as the description of the interface shows it."""

from portal.api.openapi_accounts import ACCOUNT, ACTING_AS, OF_ACTING
from portal.api.openapi_parts import Json, by_key, refusals
from portal.programs.keys import READ_PROXY, WRITE_PROXY
from portal.programs.path_refusals import LONGEST
from portal.programs.paths import METHODS
from portal.web.documents import MARK

_READING = frozenset({"GET", "HEAD"})
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_CODES = (
    *OF_ACTING,
    "path-unsafe",
    "path-refused",
    "write-refused",
    "read-only-account",
    "query-unusable",
    "request-too-large",
    "body-compressed",
)
_ABOUT = (
    "The request goes on with the authentication of the ALM account; path, query and body stay as they were "
    "sent. Links of that Jira in the answer (self, next, nextPage, content of an attachment, Location) lead "
    "through this address."
)
_WRITING = " A POST that only reads, such as a search, takes proxy:read alone."
_JIRA_PATH: Json = {
    "name": "jira_path",
    "in": "path",
    "required": True,
    "description": "A path below the base URL of Jira, with its slashes as they are.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST},
    "example": "rest/api/2/myself",
}
_QUERY: Json = {
    "name": "query",
    "in": "query",
    "required": False,
    "description": "Whatever that path of Jira takes.",
    "style": "form",
    "explode": True,
    "schema": {"type": "object", "additionalProperties": {"type": "string"}},
}
_MARK: Json = {
    MARK: {
        "description": "Whose answer this is: jira for Jira's own, almoner for a problem document of ours.",
        "required": True,
        "schema": {"type": "string", "enum": ["jira", "almoner"]},
    }
}
_ANYTHING: Json = {"*/*": {}}


def paths() -> Json:
    """The one address, with each method."""
    methods = {method.lower(): _sending(method) for method in sorted(METHODS)}
    return {"/api/v1/alm-accounts/{account_id}/proxy/{jira_path}": methods}


def _sending(method: str) -> Json:
    reads = method in _READING
    operation: Json = {
        "operationId": f"proxy_{method.lower()}",
        "summary": f"Send a {method} to Jira",
        "description": _ABOUT + (_WRITING if method == "POST" else ""),
        "security": by_key(READ_PROXY if reads else WRITE_PROXY),
        "parameters": [ACCOUNT, _JIRA_PATH, _QUERY, ACTING_AS],
        "responses": _answers(),
    }
    if method in _WITH_BODY:
        operation["requestBody"] = {"content": {"application/json": {"schema": {}}, **_ANYTHING}}
    return operation


def _answers() -> Json:
    """Ours by status, each of which Jira may answer too; all others are Jira's."""
    jiras = {"description": "What Jira answered.", "headers": _MARK, "content": _ANYTHING}
    ours = {
        status: {
            "description": f"What Jira answered, or one of ours: {told['description']}",
            "headers": _MARK,
            "content": told["content"] | _ANYTHING,
        }
        for status, told in refusals(*_CODES).items()
    }
    return ours | {"default": jiras}
