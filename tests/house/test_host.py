"""A page asked for by another address than the operator's (T18): refused, with the way to it."""

import pytest

from tests.support.page import Page
from tests.support.portals import Portal

ELSEWHERE = "http://localhost:8000"


@pytest.mark.parametrize("path", ["/", "/sign-in", "/no-such-page"])
def test_the_refusal_leads_to_the_right_address(path: str, portal: Portal) -> None:
    answer = portal.client().get(path, base_url=ELSEWHERE)
    page = Page(answer.text)
    assert answer.status_code == 400
    assert f"The portal's address is {portal.base_url}." in page.text
    assert page.link("Go to the start page") == f"{portal.base_url}/"


def test_its_style_and_icons_load_there(portal: Portal) -> None:
    client = portal.client()
    page = Page(client.get("/", base_url=ELSEWHERE).text)
    assets = [str(node["href"]) for node in page.soup.select("link[rel=stylesheet], link[rel=icon]")]
    assert len(assets) > 3
    assert {client.get(path, base_url=ELSEWHERE).status_code for path in assets} == {200}
