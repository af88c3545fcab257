"""The checklist in one sentence: what its page begins with, and what is read out while results arrive."""

from dataclasses import dataclass, replace

from portal.checklist.outcome import State, is_unseen
from portal.checklist.shown import NEVER, RUNNING, Checklist, RowView
from portal.checklist.words import many, moment_of

NEW = (
    "Nothing has been looked at yet. The checklist tries every layer of this connection, from the address to "
    "the person behind it, and says what is wrong, how it knows, and who can mend it."
)
BROKE_OFF = (
    "The last run broke off before it was over: the portal was stopped meanwhile. What had come by then "
    "stands below; run the checklist again."
)
OUTDATED = (
    "Settings of this account were changed since then. Run the checklist again to know how it stands now."
)
FROM_BEFORE = "What a row says while it is looked at again is from before."
OF_THE_WAY_THAT_SERVES = (
    "This account is changing to {}. The checklist is about the way that serves until then; the set-up page "
    "tests the new one."
)
UNSEEN = "Run the checklist to look at all rows."
# The rows that say whether the connection works at all: of an account that has people, and of one that sends.
_WORKING = frozenset({"identity", "token"})


@dataclass(frozen=True)
class Verdict:
    """``text`` ends with the title of ``start``, the row to begin with, where there is one; ``tone`` is one
    of the tones of the pages; ``more`` says what else one must know before relying on it."""

    tone: str
    text: str
    start: RowView | None = None
    more: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """All of it as text."""
        return " ".join((f"{self.text} {self.start.title}." if self.start else self.text, *self.more))


def verdict(checklist: Checklist) -> Verdict:
    """How it stands."""
    found = _found(checklist)
    if checklist.new_way:
        return replace(found, more=(*found.more, OF_THE_WAY_THAT_SERVES.format(checklist.new_way)))
    return found


def _found(checklist: Checklist) -> Verdict:
    if checklist.is_new:
        return Verdict("neutral", NEW)
    if checklist.is_under_way:
        text = f"The checklist is being gone through: {progress(checklist)}."
        is_again = any(row.looked_at for row in checklist.rows_in(RUNNING))
        return Verdict("info", text, more=(FROM_BEFORE,) if is_again else ())
    tone, text, start = _standing(checklist)
    return Verdict(tone, text, start, _more(checklist))


def progress(checklist: Checklist) -> str:
    """How far the run is that is under way."""
    rows = [row for row in checklist.rows if row.name in checklist.wanted]
    done = [row for row in rows if row.state != RUNNING]
    broken = sum(row.state == State.FAILED for row in done)
    return f"{len(done)} of {many(len(rows), 'row')} looked at" + (f", {broken} broken" if broken else "")


def _standing(checklist: Checklist) -> tuple[str, str, RowView | None]:
    broken, warnings = checklist.rows_in(State.FAILED), checklist.rows_in(State.WARNING)
    if broken:
        if len(broken) == 1:
            return "danger", "1 thing is broken:", broken[0]
        return "danger", f"{len(broken)} things are broken. Start with:", broken[0]
    if stands_still := _stands_still(checklist):
        return stands_still
    if warnings:
        then = ". Start with:" if len(warnings) > 1 else ":"
        text = f"Nothing is broken. {many(len(warnings), 'thing')} to look at{then}"
        return "warning", text, warnings[0]
    return *_quiet(checklist), None


def _stands_still(checklist: Checklist) -> tuple[str, str, RowView | None] | None:
    """How it stands where nothing is red, and the row that says whether it works at all does not say so."""
    row = next((row for row in checklist.rows if row.name in _WORKING), None)
    if row is None:
        return None
    if row.state == State.WAITING:
        before = next((one for one in checklist.rows if one.name == row.waits_for_row), None)
        return "warning", f"Whether this connection works is not known. “{row.title}” waits for:", before
    if row.state != State.UNKNOWN or row.trouble is None or row.trouble.code != "renewal_paused":
        return None
    last = row.evidence.get("last", "an error")
    times = [f"So since {moment_of(row.since)} at least"] if row.since else []
    times += [f"last proved {moment_of(row.proved_at)}"] if row.proved_at else []
    said = f"This connection does not work at the moment: its last renewal met “{last}”. "
    return "danger", f"{said}{'; '.join(times)}. Look at:", row


def _quiet(checklist: Checklist) -> tuple[str, str]:
    """How it stands where no row has anything to complain of."""
    unseen = len(_unseen(checklist))
    if unseen == len(checklist.rows):
        return "neutral", "No row has been looked at yet."
    if unseen:
        return "info", f"Nothing looked at is broken; {many(unseen, 'row')} not looked at yet."
    if any(row.is_outdated for row in checklist.rows):
        return "warning", "Everything was proved when it was last looked at."
    return "success", "Everything that can be proved is proved."


def _unseen(checklist: Checklist) -> list[RowView]:
    """The rows of which nothing is known now."""
    return [
        row
        for row in checklist.rows
        if row.state == NEVER or is_unseen(row.state, row.trouble.code if row.trouble else None)
    ]


def _more(checklist: Checklist) -> tuple[str, ...]:
    is_outdated = any(row.is_outdated for row in checklist.rows)
    said = (
        (checklist.run is not None and checklist.run.is_lost, BROKE_OFF),
        (is_outdated, OUTDATED),
        (bool(_unseen(checklist)) and not checklist.rows_in(State.FAILED), UNSEEN),
    )
    return tuple(text for applies, text in said if applies)[:2]
