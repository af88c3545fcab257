"""``/app/report-accounts/``: an app says whose personal data it holds, and is told what it has to do.

developer.atlassian.com, "User privacy developer guide" of Jira Software. How a cycle is written is not
documented beyond the header's name; clients are known to read ``P7D`` and plain seconds.
"""

from __future__ import annotations

import re
from datetime import datetime

from flask import Blueprint, Response, jsonify, request

from portal.sandbox.cloud.account_rows import CLOSED, UPDATED, Report
from portal.sandbox.cloud.bearer import Holder, UnauthorizedError, holder, refused
from portal.sandbox.state import State, current_state

SCOPE = "report:personal-data"
MOST_ACCOUNTS = 90
LONGEST_ID = 128
WEEK = 7 * 86_400
CLOSED_TEST_ID = "5be24ba3f91c106033269289"
"""Atlassian's account for tests of apps: it is closed for ever. Linus is the one that stays active."""

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)")
_CYCLE = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_SECONDS = (WEEK, 86_400, 3_600, 60, 1)

bp = Blueprint("reporting", __name__)
bp.register_error_handler(UnauthorizedError, refused)


class ReportError(ValueError):
    """The body is not one. The text says why."""


@bp.errorhandler(ReportError)
def malformed(problem: ReportError) -> tuple[Response, int]:
    """Say what is wrong."""
    return jsonify(code=400, message=str(problem)), 400


@bp.post("/app/report-accounts/")
def report_accounts() -> tuple[Response | str, int, dict[str, str]] | tuple[Response, int]:
    """204 when nothing is to be done, else the accounts to erase or to fetch again."""
    state = current_state()
    if state.faults.report_rate_limited:
        headers = {"Retry-After": str(state.faults.report_rate_limited)}
        return jsonify(code=429, message="Too many requests"), 429, headers
    held = holder(state)
    if SCOPE not in held.scopes:
        return jsonify(code=403, message="Forbidden"), 403
    found = _taken(state, held, _accounts(request.get_json(silent=True)))
    headers = {"Cycle-Period": state.faults.report_cycle} if state.faults.report_cycle else {}
    return (jsonify(accounts=found), 200, headers) if found else ("", 204, headers)


def _accounts(body: object) -> list[dict[str, str]]:
    """Raises ``ReportError`` for anything but ``{"accounts": [{"accountId": .., "updatedAt": ..}]}``."""
    rows = body.get("accounts") if isinstance(body, dict) and set(body) == {"accounts"} else None
    if not isinstance(rows, list) or not 1 <= len(rows) <= MOST_ACCOUNTS:
        raise ReportError(f"Send an object with a list of 1 to {MOST_ACCOUNTS} accounts.")
    for row in rows:
        if not isinstance(row, dict) or set(row) != {"accountId", "updatedAt"}:
            raise ReportError("An account has accountId and updatedAt.")
        account_id, updated = row["accountId"], row["updatedAt"]
        if not isinstance(account_id, str) or not 1 <= len(account_id) <= LONGEST_ID:
            raise ReportError("accountId is text.")
        if not isinstance(updated, str) or not _TIME.fullmatch(updated):
            raise ReportError("updatedAt is a time with a zone, such as 2018-10-25T23:08:51.382Z.")
        _epoch(updated)
    return rows


def _epoch(text: str) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        raise ReportError(f"{text} is no time.") from None


def _taken(state: State, held: Holder, rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Keep the report; returns what is to be done about it."""
    with state.lock:
        answered = [
            {"accountId": row["accountId"], "status": status}
            for row in rows
            if (status := _status(state, row))
        ]
        too_soon = _too_soon(state, held.client_id, [row["accountId"] for row in rows])
        state.cloud.reports.append(Report(state.now(), held.client_id, rows, too_soon, answered))
        state.save()
    return answered


def _status(state: State, row: dict[str, str]) -> str:
    """What became of an account since the app fetched what it holds; empty for nothing."""
    if row["accountId"] == CLOSED_TEST_ID:
        return CLOSED
    change = state.cloud.account_changes.get(row["accountId"])
    if change is None or (change.status == UPDATED and change.at <= _epoch(row["updatedAt"])):
        return ""
    return change.status


def _too_soon(state: State, client_id: str, accounts: list[str]) -> list[str]:
    """Those the app named twice now, or less than a cycle ago."""
    since = state.now() - cycle_seconds(state.faults.report_cycle)
    recent = [one for one in state.cloud.reports if one.client_id == client_id and one.at > since]
    seen = {row["accountId"] for report in recent for row in report.accounts}
    found = []
    for account_id in accounts:
        if account_id in seen:
            found.append(account_id)
        seen.add(account_id)
    return found


def cycle_seconds(text: str) -> int:
    """How long a cycle is; a week when it cannot be read."""
    if text.isdigit():
        return int(text)
    found = _CYCLE.fullmatch(text)
    if not found or not any(found.groups()):
        return WEEK
    return sum(int(number or 0) * unit for number, unit in zip(found.groups(), _SECONDS, strict=True))
