"""Path and query as the request line has them, whatever a server in front has made of it (T27)."""

from uuid import UUID

import pytest

from portal.api.proxy_requests import sent_target
from portal.programs.path_refusals import PathRefused, Why
from portal.web.documents import Problem

ACCOUNT = UUID("12345678-1234-5678-1234-567812345678")
HERE = f"/api/v1/alm-accounts/{ACCOUNT}/proxy/"
OTHER_SPELLINGS = [
    HERE[:-1], f"http://127.0.0.1{HERE}", f"/{HERE}", HERE[1:], HERE.replace("api", "%61pi"),
    HERE.replace("/proxy/", "/proxy%2f"), HERE.replace("/proxy/", "//proxy/"), HERE.replace("v1/", "v1/./"),
    HERE.replace("12345678-1", "12345678-2"), "",
]  # fmt: skip


def target(line: str) -> tuple[str, str]:
    """What is read of this request target."""
    return sent_target(line, ACCOUNT)


def test_nothing_is_decoded() -> None:
    assert target(f"{HERE}a%2Fb/%2e;x?c=%64&e?f") == ("a%2Fb/%2e;x", "c=%64&e?f")
    assert target(HERE.replace("/api/", "/API/") + "rest/API") == ("rest/API", "")
    assert target(f"{HERE}?") == ("", "")


@pytest.mark.parametrize("beginning", OTHER_SPELLINGS)
def test_no_other_spelling_of_the_beginning(beginning: str) -> None:
    with pytest.raises(PathRefused) as refused:
        target(f"{beginning}rest/api/2/myself")
    assert refused.value.why is Why.ABSOLUTE


@pytest.mark.parametrize("query", ["a b", "a\x00", "a\r\nX: y", "a#b", "a\u00e4", "a\x7f", "jwt=x"])
def test_no_query_breaks_out_of_its_line(query: str) -> None:
    with pytest.raises(Problem) as refused:
        target(f"{HERE}rest/api/2/myself?{query}")
    assert str(refused.value) == "query-unusable"
