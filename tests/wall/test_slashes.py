"""A slash too many at the end of an address leads a person to the page, and nobody else anywhere."""

import pytest

from portal.web.doors import is_of_programs
from portal.web.slashes import EXACTLY
from tests.support import routes
from tests.support.person import Person
from tests.support.portals import Portal
from tests.support.world import TenantWorld

FILES = ("/static/", "/bootstrap/static/")

pytestmark = pytest.mark.variant  # no database has to do with it


def led_to(answer) -> tuple[int, str]:
    return answer.status_code, answer.headers.get("Location", "")


def test_an_admin_types_a_slash_behind_an_address(tenant: TenantWorld, sign_in) -> None:
    admin: Person = sign_in(tenant.admin)
    admin.get(tenant.path("boards/"))
    assert (admin.status, admin.path, admin.page.h1) == (200, tenant.path("boards"), "Boards")
    admin.get(tenant.path("boards/new/?search=web%20shop&more=%2F"))
    assert admin.path == tenant.path("boards/new?search=web%20shop&more=%2F")


def test_every_page_of_people_has_one_address(portal: Portal, tenant: TenantWorld) -> None:
    """Nothing is looked up: whoever asks, and for whatever tenant, is led the same way."""
    led = {}
    for route in routes.routes(portal.app):
        path = portal.app.url_map.bind("").build(
            route.rule.endpoint, routes.ids_of(route, tenant), method=route.method
        )
        if route.method == "GET" and not path.endswith("/"):
            led[path] = portal.client().get(f"{path}/")
    to_programs = {path for path in led if is_of_programs(path) or path.startswith((*EXACTLY, *FILES))}
    assert {led_to(led[path]) for path in to_programs} <= {(404, ""), (401, "")}
    others = {path: led_to(answer) for path, answer in led.items() if path not in to_programs}
    assert len(others) > 60
    assert {path: answer for path, answer in others.items() if answer != (308, path)} == {}


@pytest.mark.parametrize(
    "path",
    [
        "/t/acme/boards//",
        "/sign-in//elsewhere.example/",
        "/no-such-page/",
        "/sign-out/",
        "/t/acme/boards/%2F",
    ],
)
def test_where_there_is_no_page_there_is_none_behind_a_slash(portal: Portal, path: str) -> None:
    answer = portal.client().get(path)
    assert (answer.status_code, "Location" in answer.headers) == (404, False)


def test_what_is_sent_is_not_led_on(portal: Portal) -> None:
    answer = portal.client().post("/sign-in/", data={"email": "ada@example.org"})
    assert (answer.status_code, "Location" in answer.headers) == (404, False)
