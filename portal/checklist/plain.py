"""The checklist as plain text, for a ticket or a mail: complete, and understood without this portal."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from textwrap import indent, wrap

from portal.checklist.layers import Layer, layers
from portal.checklist.outcome import State
from portal.checklist.remedies import Remedy, is_yours
from portal.checklist.shown import NEVER, RUNNING, Checklist, RowView
from portal.checklist.verdict import Verdict

WIDTH = 90
STATES = {
    State.PROVED: "proved",
    State.FAILED: "broken",
    State.WARNING: "look at this",
    State.WAITING: "waiting",
    State.UNKNOWN: "cannot be known from here",
    RUNNING: "running",
    NEVER: "not looked at",
}
# What rows keep as evidence, as people call it. What is not here stands under its own name.
EVIDENCE = {
    "status": "HTTP status",
    "to": "redirected to",
    "title": "page title",
    "message": "message",
    "oauth_problem": "OAuth problem",
    "seen_by_jira": "address Jira computed",
    "signed_by_us": "address called from here",
    "clock_difference_seconds": "seconds that Jira's clock is ahead",
    "told": "address Jira calls itself",
    "used": "address used here",
    "retry_after": "seconds to wait",
    "pause": "seconds to wait",
}
# What rows keep as evidence for their sentences and is no answer of anybody's.
SENT = frozenset({"host"})


@dataclass(frozen=True)
class Report:
    """What is sent. ``facts`` are names and values about the account and the run; ``admins`` says who "you"
    is to somebody else."""

    title: str
    facts: tuple[tuple[str, str], ...]
    admins: str
    checklist: Checklist
    verdict: Verdict
    remedies: Callable[[RowView], tuple[Remedy, ...]]
    zone: tzinfo

    @property
    def layers(self) -> list[Layer[tuple[int, RowView]]]:
        """The rows under their headings, each with its number."""
        return layers(enumerate(self.checklist.rows, 1), lambda numbered: numbered[1].name)

    def owner(self, row: RowView) -> str:
        """Who can mend a row, for readers outside the portal."""
        if row.trouble is None:
            return ""
        return self.admins if is_yours(row.trouble) else row.trouble.owner.replace("your ", "the ")

    def moment(self, at: datetime) -> str:
        """A moment by the clock of the person who sends it."""
        here = at.astimezone(self.zone)
        return f"{here.day} {here:%b %Y, %H:%M %Z}"


def came_back(row: RowView) -> list[tuple[str, str]]:
    """What a row keeps of the answer, by the words of people, as far as its sentences do not say it."""
    trouble = row.trouble
    told = " ".join((row.said, row.tried, trouble.cause, trouble.fix)) if trouble else ""
    back = {name: value for name, value in row.evidence.items() if name not in SENT}
    kept = [(name, value) for name, value in back.items() if value and value not in told]
    return [(EVIDENCE.get(name, name.replace("_", " ")), value) for name, value in kept]


def as_text(report: Report) -> str:
    """All of it."""
    lines = [report.title, "=" * len(report.title), ""]
    lines += [f"{name}: {value}" for name, value in report.facts]
    lines += ["", *wrap(report.verdict.sentence, WIDTH)]
    for layer in report.layers:
        lines += ["", layer.title, "-" * len(layer.title)]
        for number, row in layer.below:
            lines += ["", f"{number}. {row.title}: {STATES.get(row.state, row.state).upper()}"]
            lines += [indent(line, "   ") for line in _row(report, row)]
    return "\n".join(lines) + "\n"


def _row(report: Report, row: RowView) -> Iterator[str]:
    yield from wrap(row.said, WIDTH)
    if row.state == State.WAITING and row.waits_for:
        yield f"Waiting for: {row.waits_for}"
    if row.is_outdated:
        yield "Out of date: settings were changed after this was looked at."
    if row.trouble:
        yield from wrap(f"{row.trouble.title}. {row.trouble.cause}", WIDTH)
    if row.tried:
        yield from wrap(f"How we know: {row.tried}", WIDTH)
    if back := "; ".join(f"{name}: {value}" for name, value in came_back(row)):
        yield from wrap(f"What came back: {back}", WIDTH)
    if row.trouble:
        if row.state != State.UNKNOWN:
            yield f"Who can mend it: {report.owner(row)}"
        yield "What one would see instead:" if row.state == State.UNKNOWN else "What to do:"
        yield from _steps(report.remedies(row))
    if times := _times(report, row):
        yield from wrap(times, WIDTH)


def _steps(steps: tuple[Remedy, ...]) -> Iterator[str]:
    for number, step in enumerate(steps, 1):
        yield from wrap(f"{number}) {step.text}", WIDTH, initial_indent="  ", subsequent_indent="     ")
        for copy in step.copies:
            if copy.multiline:
                yield f"     {copy.label}:"
                yield indent(copy.value, "     ")
            else:
                yield f"     {copy.label}: {copy.value}"
        yield from (f"     {text}: {address}" for address, text in step.links)


def _times(report: Report, row: RowView) -> str:
    proved_at = None if row.state == State.PROVED else row.proved_at
    known = (("Looked at", row.looked_at), ("so since", row.since), ("last proved", proved_at))
    said = [f"{name} {report.moment(at)}" for name, at in known if at]
    return "; ".join(said) + "." if said else ""
