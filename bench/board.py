"""What the page of a board costs beside the bare calls it makes to Jira: ``python -m bench.board``.

A practice Jira Server with 500 issues in the backlog of a scrum board, and the portal over HTTP on this
machine. In turns within one run: somebody opens the page of the board; then the very calls that made are sent
to the same Jira, one after the other on one connection by a token, and their answers are parsed. The portal
reads the lists side by side, and both take most of their time in the practice Jira.
"""

import gzip
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest.mock import patch

import requests
from requests.adapters import HTTPAdapter

from bench.slow_jira import Shop, shop
from tests.support.databases import sqlite
from tests.support.portals import Portal, serve
from tests.support.sandbox import SandboxProcess

ROUNDS = 7
ISSUES = 500


def fill(sandbox: SandboxProcess, header: dict[str, str]) -> None:
    """Make issues until there are as many as a list of a board shows."""
    number = sum(issue["sprint"] == 0 for issue in sandbox.content()["issues"].values())
    with requests.Session() as http:
        for made in range(ISSUES - number):
            fields = {"project": {"key": "SHOP"}, "issuetype": {"name": "Story"}, "summary": f"Story {made}"}
            http.post(
                f"{sandbox.url}/rest/api/2/issue", json={"fields": fields}, headers=header, timeout=30
            ).raise_for_status()


@contextmanager
def noted(seen: list[str]) -> Iterator[None]:
    """Writes down what the portal asks of Jira meanwhile."""
    real = HTTPAdapter.send

    def send(
        self: HTTPAdapter, request: requests.PreparedRequest, *args: object, **options: object
    ) -> requests.Response:
        if "/rest/" in str(request.url):
            seen.append(str(request.url))
        return real(self, request, *args, **options)  # type: ignore[arg-type]

    with patch.object(HTTPAdapter, "send", send):
        yield


def page(portal: Portal, where: Shop) -> requests.Response:
    """The page of the board."""
    answer = where.opened(portal.base_url, where.board)
    answer.raise_for_status()
    return answer


def seconds_of_page(portal: Portal, where: Shop) -> float:
    """What opening the page takes."""
    start = time.perf_counter()
    page(portal, where)
    return time.perf_counter() - start


def seconds_of_calls(urls: list[str], http: requests.Session) -> float:
    """What the same calls take."""
    start = time.perf_counter()
    for url in urls:
        http.get(url, timeout=60).json()
    return time.perf_counter() - start


def main() -> None:
    """Print the page's time as a multiple of that of its calls: median of rounds, lowest and highest."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        sandbox = stack.enter_context(SandboxProcess())
        portal = stack.enter_context(serve(stack.enter_context(sqlite(folder))))
        where = shop(portal, sandbox)
        header = {"Authorization": f"Bearer {sandbox.make_pat('ada')}"}
        fill(sandbox, header)
        page(portal, where)  # the first one of a process is slow
        calls: list[str] = []
        with noted(calls):
            body = page(portal, where).content
        http = stack.enter_context(requests.Session())
        http.headers.update(header)
        ratios = [seconds_of_page(portal, where) / seconds_of_calls(calls, http) for _ in range(ROUNDS)]
    print(f"{ISSUES} issues, {len(calls)} calls, {len(gzip.compress(body)) / 1000:.0f} kB compressed")
    print(
        f"the page: {statistics.median(ratios):.2f} x its bare calls ({min(ratios):.2f} to {max(ratios):.2f})"
    )


if __name__ == "__main__":
    main()
