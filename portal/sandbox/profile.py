"""A person's profile in Jira, with the tab *Personal Access Tokens* where there are such tokens."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, abort, g, redirect, render_template, request, url_for

from portal.sandbox.bearer import PAT_SINCE
from portal.sandbox.pats import new_pat, pats_of, revoke_pat
from portal.sandbox.signin import Page, sign_in_first
from portal.sandbox.state import current_state

bp = Blueprint("profile", __name__, url_prefix="/secure")

PAT_TAB = "com.atlassian.pats.pats-plugin:jira-user-personal-access-tokens"
"""The name of the tab in the addresses people pass on to each other."""
LONGEST_DAYS = 3650


@bp.get("/ViewProfile.jspa")
@sign_in_first
def profile() -> Page:
    """Who one is in this Jira; by ``selectedTab`` the tokens."""
    has_pats = current_state().faults.at_least(*PAT_SINCE)
    if has_pats and request.args.get("selectedTab") == PAT_TAB:
        return _tokens()
    return render_template("profile.html", has_pats=has_pats, pat_tab=PAT_TAB)


def _tokens(raw: str = "", problem: str = "", form: dict[str, str] | None = None) -> str:
    state = current_state()
    rows = [
        {
            "pat": pat,
            "created": datetime.fromtimestamp(pat.created, UTC),
            "expires": datetime.fromtimestamp(pat.expires, UTC) if pat.expires else None,
            "is_over": bool(pat.expires) and pat.expires <= state.now(),
        }
        for pat in pats_of(state, g.user)
    ]
    typed = form or {"days": "90", "expires": "on"}
    return render_template("personal_access_tokens.html", rows=rows, raw=raw, problem=problem, typed=typed)


@bp.post("/CreatePersonalAccessToken.jspa")
@sign_in_first
def create() -> Page:
    """Make a token and show it, this once."""
    if not current_state().faults.at_least(*PAT_SINCE):
        abort(404)
    form = request.form.to_dict()
    name, days = form.get("tokenName", "").strip(), form.get("days", "").strip()
    if not name:
        return _tokens(problem="Enter a name for the token.", form=form), 200
    if "expires" in form and not (days.isascii() and days.isdigit() and 0 < int(days[:9]) <= LONGEST_DAYS):
        return _tokens(problem=f"Enter after how many days it expires, 1 to {LONGEST_DAYS}.", form=form), 200
    return _tokens(raw=new_pat(current_state(), g.user, name, int(days) if "expires" in form else None).token)


@bp.post("/RevokePersonalAccessToken.jspa")
@sign_in_first
def revoke() -> Page:
    """Revoke one of one's own tokens."""
    wanted = request.form.get("tokenId", "")
    if wanted.isascii() and wanted.isdigit():
        revoke_pat(current_state(), g.user, int(wanted[:18]))
    return redirect(url_for("profile.profile", selectedTab=PAT_TAB))
