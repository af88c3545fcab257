"""Every answer of every route carries the headers that keep a page from being framed or kept (T17)."""

import pytest
from flask import Flask

from portal.web.headers import ASSETS, BY_LINK, CONTENT_SECURITY_POLICY, OPEN_BY_LINK
from tests.support import routes
from tests.support.portals import Portal, make_app
from tests.support.routes import Caller
from tests.support.world import TenantWorld

# Headers are put on whatever a database says.
pytestmark = pytest.mark.on_both()

ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@pytest.mark.parametrize("actor", ["nobody", "member", "admin"])
def test_on_every_answer(portal: Portal, tenant: TenantWorld, actor: str) -> None:
    """Success, redirect, refusal and error alike."""
    caller = Caller(portal, None if actor == "nobody" else getattr(tenant, actor))
    for route in routes.routes(portal.app):
        if route.rule.endpoint in ASSETS or route.rule.endpoint == "signin.sign_out":
            continue
        answer = caller.call(route, routes.never(routes.ids_of(route, tenant)))
        wanted = ALWAYS | (BY_LINK if route.rule.endpoint in OPEN_BY_LINK else {})
        assert {name: answer.headers.get(name) for name in wanted} == wanted, route
        assert answer.headers["Cache-Control"] == "no-store", route
        assert len(answer.headers["X-Request-Id"]) == 32, route


def test_policy_allows_nothing_inline_nor_from_elsewhere() -> None:
    assert "default-src 'none'" in CONTENT_SECURITY_POLICY
    assert "frame-ancestors 'none'" in CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY


def test_over_https_the_cookie_is_bound_to_the_host(portal: Portal) -> None:
    """T19: ``__Host-`` makes the browser refuse a cookie with a domain, another path, or without TLS."""
    secure = portal.settings.model_copy(update={"base_url": "https://almoner.example.org"})
    app: Flask = make_app(secure)
    answer = app.test_client().get("/sign-in", base_url="https://almoner.example.org")
    [cookie] = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-almoner=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
    assert "Domain" not in cookie
    assert "max-age" in answer.headers["Strict-Transport-Security"]


def test_forwarded_headers_are_believed_from_configured_hops_only(portal: Portal) -> None:
    """T18: without a proxy in front nobody can make up an address or a host."""
    forged = {"X-Forwarded-Host": "evil.example", "X-Forwarded-For": "203.0.113.9"}
    assert portal.client().get("/sign-in", headers=forged).status_code == 200
    behind = make_app(portal.settings.model_copy(update={"trusted_proxies": 1}))
    host = portal.settings.base_url.partition("//")[2]
    answer = behind.test_client().get(
        "/sign-in", base_url="http://inner:8000", headers={"X-Forwarded-Host": host}
    )
    assert answer.status_code == 200
