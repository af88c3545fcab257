"""A database that does not answer for a while (T49): the page asks to try again in a minute."""

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from portal.pages.signin import views
from tests.support.page import Page
from tests.support.portals import Portal


@pytest.mark.parametrize(
    "error",
    [OperationalError("SELECT 1", {}, Exception("the server closed the connection")), PoolTimeout("no room")],
    ids=["lost", "full"],
)
def test_the_page_asks_to_try_again(
    error: Exception, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(text: str | None) -> str:
        raise error

    monkeypatch.setattr(views, "local_path", away)
    answer = portal.client().get("/sign-in")
    page = Page(answer.text)
    assert answer.status_code == 503
    assert "Try again in a minute" in page.text
    assert "SELECT" not in page.text
