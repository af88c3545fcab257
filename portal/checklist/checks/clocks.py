"""Whether Jira's clock and ours agree: OAuth 1.0a signs the time along, and ends are told by it."""

from datetime import UTC, datetime

from portal import clock
from portal.alm_accounts.account_views import AccountView
from portal.checklist.calls import Calls
from portal.checklist.checks import consumer
from portal.checklist.outcome import Outcome, failed, proved, unknown, warning
from portal.checklist.row import Row
from portal.checklist.words import many
from portal.jira.answers import Code
from portal.kinds.methods import OAUTH1

# A window of five minutes is what OAuth 1.0a servers allow by default (net.oauth); a minute is noticed.
SECONDS_OFF = 60
TRIED = "Compared the time of Jira's answer with our clock."
SIGNED = "Signed a request by our clock, and asked which times Jira takes."


def clocks(calls: Calls) -> Outcome:
    """By what Jira says of our timestamps, where it refuses one; else by the time of its answer."""
    if _signs(calls.scene.account):
        found = consumer.request_token(calls)
        if found.trouble is not None and found.code is Code.TIMESTAMP_REFUSED:
            return failed(str(found.code), _window(found.taken_between), SIGNED, **found.trouble.evidence)
        if found.taken_between is not None:
            return _off("clock_off", _ahead(found.taken_between), SIGNED, _window(found.taken_between))
    off = calls.public_info().seconds
    if off is None:
        return unknown("clock_untold", tried=TRIED)
    if abs(off) >= SECONDS_OFF:
        return _off(_code(calls.scene.account), off, TRIED)
    whose = "Atlassian's" if calls.scene.account.kind.is_cloud else "Jira's"
    return proved(f"{whose} clock differs from ours by {many(abs(off), 'second')}.", TRIED)


def _signs(account: AccountView) -> bool:
    return account.kind.consent == OAUTH1


def _code(account: AccountView) -> str:
    """What a wrong clock does depends on whether calls are signed by it, and whose it is."""
    if account.kind.is_cloud:
        return "clock_off_cloud"
    return "clock_off" if _signs(account) else "clock_off_unsigned"


def _off(code: str, seconds: int, tried: str, said: str = "") -> Outcome:
    direction = "ahead of" if seconds > 0 else "behind"
    return warning(code, said, tried, seconds=abs(seconds), direction=direction)


def _ahead(taken: tuple[int, int]) -> int:
    """By how much Jira's clock is ahead: what it takes lies around its own time."""
    return round(sum(taken) / 2 - clock.now().timestamp())


def _window(taken: tuple[int, int] | None) -> str:
    if taken is None:
        return ""
    first, last = (f"{datetime.fromtimestamp(one, UTC):%H:%M:%S}" for one in taken)
    return f"Jira takes what is signed from {first} to {last} UTC; our clock says {clock.now():%H:%M:%S} UTC."


ROWS = (Row("clocks", "Clocks agree", clocks, after=("jira",)),)
