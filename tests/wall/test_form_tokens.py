"""The token of a form, as answers carry it that a proxy compresses (T08): no two alike, and none made up."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf

from tests.support.page import Page
from tests.support.portals import Portal

pytestmark = pytest.mark.variant  # no row decides


def token(client: FlaskClient) -> str:
    """That of a page that is asked for now; all its forms have the same."""
    fields = Page(client.get("/sign-in").text).soup.select("input[name=csrf_token]")
    [found] = {str(field["value"]) for field in fields}
    return found


def status(client: FlaskClient, sent: str) -> int:
    """What is answered to a form with this token that says nothing else."""
    return client.post("/sign-in", data={"csrf_token": sent}).status_code


def test_it_looks_different_in_each_answer_and_each_one_works(portal: Portal) -> None:
    client = portal.client()
    one, other = token(client), token(client)
    alike = [place for place, (a, b) in enumerate(zip(one, other, strict=True)) if a == b]
    assert len(alike) < len(one) / 4  # by chance a sixty-fourth
    assert [status(client, sent) for sent in (one, other, one)] == [422, 422, 422]


def test_one_that_was_changed_or_made_up_is_refused(portal: Portal) -> None:
    client = portal.client()
    good = token(client)
    both = bytearray(urlsafe_b64decode(good))
    both[0] ^= 1
    changed = urlsafe_b64encode(bytes(both)).decode("ascii")
    for bad in (changed, good[4:], good[:-4], good + "x", "é", "=", "AA==", "x" * 4000):
        assert status(client, bad) == 400, bad
    assert status(client, good) == 422


def test_the_sessions_own_is_refused_without_its_pad(portal: Portal) -> None:
    """What a page never shows is worth nothing in a form, or a page might as well show it."""
    client = portal.client()
    token(client)
    name = portal.app.config["SESSION_COOKIE_NAME"]
    cookie = client.get_cookie(name, domain="127.0.0.1")
    assert cookie
    with portal.app.test_request_context(headers={"Cookie": f"{name}={cookie.value}"}):
        bare = generate_csrf()
    assert status(client, bare) == 400


def test_that_of_another_browser_is_refused(portal: Portal) -> None:
    mine, theirs = portal.client(), portal.client()
    strange = token(theirs)
    token(mine)
    assert status(mine, strange) == 400
    assert status(theirs, strange) == 422
