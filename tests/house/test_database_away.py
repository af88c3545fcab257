"""What a database may say in the middle of a page: that it is away (T49), or that another was faster."""

import pytest
from psycopg.errors import InFailedSqlTransaction, ReadOnlySqlTransaction
from sqlalchemy.exc import IntegrityError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError

from portal.pages.signin import views
from portal.store.reading import WriteInRead
from tests.support.page import Page
from tests.support.portals import Portal

AWAY, FASTER = (503, "Try again in a minute"), (409, "in the same moment")
BROKEN = (500, "Something broke on our side")
SAID = {
    "lost": (OperationalError("SELECT 1", {}, Exception("the server closed the connection")), AWAY),
    "read-only": (InternalError("UPDATE", {}, ReadOnlySqlTransaction("read-only transaction")), AWAY),
    "a mistake": (InternalError("SELECT", {}, InFailedSqlTransaction("aborted")), BROKEN),
    "written in a read": (WriteInRead(), BROKEN),
    "full": (PoolTimeout("no room"), AWAY),
    "taken": (IntegrityError("INSERT", {}, Exception("unique")), FASTER),
    "gone": (StaleDataError("0 rows"), FASTER),
}


@pytest.mark.parametrize("what", SAID)
def test_the_page_says_what_to_do(what: str, portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    error, (code, sentence) = SAID[what]

    def fail(text: str | None) -> str:
        raise error

    monkeypatch.setattr(views, "local_path", fail)
    answer = portal.client().get("/sign-in")
    page = Page(answer.text)
    assert answer.status_code == code
    assert sentence in page.text
    assert "SELECT" not in page.text and "INSERT" not in page.text
