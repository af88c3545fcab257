"""The description of the interface for programs (OpenAPI 3.1): what each address takes and answers."""

from portal import __version__
from portal.api import openapi_accounts, openapi_deliveries, openapi_proxy
from portal.api.openapi_parts import OF_ANYBODY, PROBLEM, Json, refusals

_ABOUT = (
    "Reaches the Jiras of an organisation by its ALM accounts: gives valid credentials, sends requests "
    "on with them, and reports builds, deployments, feature flags and development information to Jira Cloud. "
    "What is accepted of these is kept until Jira has answered, and sent in the order in which it came."
)
_KEY = {
    "type": "http",
    "scheme": "bearer",
    "description": "A program key, made on the page Programs. The operations it needs stand at each address.",
}


def document(base_url: str) -> Json:
    """The whole description, as JSON; ``base_url`` is the portal's own address."""
    described = {"/api/v1/openapi.json": _describing()}
    schemas = openapi_accounts.schemas() | openapi_deliveries.schemas() | {"Problem": PROBLEM}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Almoner for programs", "version": __version__, "description": _ABOUT},
        "servers": [{"url": base_url.rstrip("/")}],
        "security": [{"programKey": []}],
        "paths": openapi_accounts.paths() | openapi_proxy.paths() | openapi_deliveries.paths() | described,
        "components": {"schemas": schemas, "securitySchemes": {"programKey": _KEY}},
    }


def _describing() -> Json:
    content = {"application/json": {"schema": {"type": "object"}}}
    answer = {"description": "This description.", "content": content}
    return {
        "get": {
            "operationId": "describe",
            "summary": "Read this description",
            "security": [],
            "responses": {"200": answer} | refusals(*OF_ANYBODY),
        }
    }
