"""Writes ``docs/diagnosis.md``: ``python -m tests.checklist.diagnosis``.

From the table of faults, the rows of the checklist and the catalogue of problems: which fault turns which row
red, and what is said of its cause, of who can mend it, and how.
"""

from collections.abc import Iterator
from pathlib import Path

from portal.checklist.rows import ROWS, ROWS_OF_SENDING
from portal.credentials.problems import problem
from tests.checklist.fault import Fault
from tests.checklist.faults import FAULTS
from tests.checklist.faults_at_once import HEALTHY, PAIRS

FILE = Path(__file__).parents[2] / "docs" / "diagnosis.md"
WAYS = {
    "link": "application link (OAuth 1.0a)",
    "incoming": "incoming link (OAuth 2.0)",
    "pat": "personal access token",
    "password": "user name and password",
    "app": "app at Atlassian (OAuth 2.0)",
    "shared": "the operator's app at Atlassian (OAuth 2.0)",
    "scoped": "API token with scopes",
    "classic": "API token",
    "delivery": "OAuth credential of a site (only sends)",
}
AT_ATLASSIAN = frozenset({"app", "shared", "scoped", "classic", "delivery"})
STATES = {"failed": "failed", "warning": "warning", "unknown": "cannot be known from here"}
HEAD = """# What goes wrong with a connection, and what the checklist says

Written by `python -m tests.checklist.diagnosis` from the faults that the tests bring about, the rows of the
checklist and the catalogue of problems; do not edit it by hand. Rows stand in the order in which things fail.
A row that needs another one waits while that is red. Where a sentence names a general thing, such as “that
Jira”, the page names this account's own.
"""


def written() -> str:
    """The whole document."""
    rows = (*ROWS, *ROWS_OF_SENDING)
    titles = {row.name: row.title for row in reversed(rows)}
    pieces = [HEAD]
    for row in dict.fromkeys(row.name for row in rows):
        faults = [fault for fault in FAULTS if fault.row == row]
        if faults:
            pieces.append("\n".join(_section(titles[row], faults)))
    pieces += ["\n".join(_pairs()), "\n".join(_healthy())]
    return "\n".join(pieces)


def _section(title: str, faults: list[Fault]) -> Iterator[str]:
    yield f"## {title}\n"
    yield "| Fault | Connected by | The row | Cause | Who can mend it | Fix |"
    yield "|---|---|---|---|---|---|"
    for fault in faults:
        whose = {"is_cloud": fault.way in AT_ATLASSIAN, "only_sends": fault.way == "delivery"}
        known = problem(fault.code, fault.evidence, **whose)
        cells = (fault.name, WAYS[fault.way], f"{STATES[fault.state]}: {known.title}")
        yield _line(*cells, known.cause, known.owner, known.fix)
    yield ""


def _pairs() -> Iterator[str]:
    yield "## Two at once\n"
    yield "What is told first, and the other one once that is mended, or beside it.\n"
    yield "| Told | And at the same time | |"
    yield "|---|---|---|"
    for pair in PAIRS:
        yield _line(pair.first, pair.second, "both are told" if pair.both else "told afterwards")
    yield ""


def _healthy() -> Iterator[str]:
    yield "## Nothing to worry about\n"
    yield "None of these turns a row red.\n"
    for one in HEALTHY:
        yield f"- {one.name} ({WAYS[one.way]})"
    yield ""


def _line(*cells: str) -> str:
    """Each cell a sentence, also where it begins with a general word."""
    return f"| {' | '.join(cell[:1].upper() + cell[1:].replace('|', '/') for cell in cells)} |"


if __name__ == "__main__":
    FILE.write_text(written(), "utf-8")
