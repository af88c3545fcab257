"""Personal data reporting: whether Atlassian is asked which accounts were closed."""

from portal.checklist.calls import Calls
from portal.checklist.checks.cloud import at_cloud
from portal.checklist.outcome import Outcome, proved, unknown, warning
from portal.checklist.row import Row
from portal.checklist.words import day_of, many
from portal.credentials.report_standing import NO_APP, NO_CONSENT, NO_PERMISSION, standing

TRIED = "Looked at what was last reported; nothing was called."


def reporting(calls: Calls) -> Outcome:
    """How it stands; a warning where what is kept of people cannot be reported."""
    account = calls.scene.account
    told = standing(calls.work, account.id, account.kind)
    if told.state == NO_APP:
        return unknown("report_no_app", tried=TRIED)
    if told.state == NO_PERMISSION:
        shared = account.is_by_shared_app
        return warning("shared_report_not_allowed" if shared else "report_not_allowed", tried=TRIED)
    if told.state == NO_CONSENT:
        return warning("report_no_consent", tried=TRIED, accounts=told.accounts)
    if told.refusal:
        return warning("report_failed", tried=TRIED, reason=account.trouble(told.refusal).title)
    last = f"last reported {day_of(told.last)}" if told.last else "not reported yet"
    due = f", next due {day_of(told.next)}" if told.next else ""
    return proved(f"{many(told.accounts, 'Atlassian account')} to report: {last}{due}.", TRIED)


ROWS = (Row("reporting", "Personal data reporting", reporting, after=("consent",), applies=at_cloud),)
