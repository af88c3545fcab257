"""What the tests hand to a route for building addresses is what Werkzeug would have made for it."""

from flask import Flask

from tests.house.test_routes import ROUTES
from tests.support import rules


def test_a_route_builds_its_own_addresses() -> None:
    for route in ROUTES:
        for unknown in (False, True):
            made, anew = rules._builder(route.rule, unknown), rules._compile(route.rule, unknown)
            assert (made.__name__, made.__code__) == (anew.__name__, anew.__code__), route


def test_routes_that_read_alike_differ_by_their_defaults() -> None:
    app = Flask(__name__)
    app.add_url_rule("/list", "plain")
    app.add_url_rule("/list", "first", defaults={"page": 1})
    addresses = app.url_map.bind("")
    built = [addresses.build(endpoint, {"page": 1}) for endpoint in ("plain", "first")]
    assert built == ["/list?page=1", "/list"]
