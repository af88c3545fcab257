"""API tokens under *Manage account*, *Security*: the list, a classic one, and one with scopes in four steps.

Steps and words are those of support.atlassian.com, "Manage API tokens for your Atlassian account". Nothing is
kept between the steps: what was chosen goes along in the form, so that nothing is lost on the way back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from flask import Blueprint, g, redirect, render_template, request, url_for

from portal.sandbox.cloud.account_rows import ApiToken
from portal.sandbox.cloud.accounts import AccountError
from portal.sandbox.cloud.api_tokens import (
    LONGEST_DAYS,
    TokenWish,
    check_days,
    check_label,
    check_scopes,
    make,
)
from portal.sandbox.cloud.scopes import SCOPES, Scope
from portal.sandbox.signin import Page, sign_in_first
from portal.sandbox.state import State, current_state

bp = Blueprint("api_tokens", __name__, url_prefix="/manage-profile/security/api-tokens")

STEPS = ("name", "app", "scopes", "review")


@dataclass
class Draft:
    """What was entered so far. ``expires`` is a date as the browser sends it; ``query`` searches scopes."""

    label: str
    expires: str
    app: str
    scopes: list[str]
    query: str

    @property
    def shown(self) -> list[Scope]:
        """The scopes of Jira that the search finds."""
        wanted = self.query.lower()
        found = [scope for scope in SCOPES.values() if scope.api == "jira"]
        found = [scope for scope in found if wanted in scope.id or wanted in scope.name.lower()]
        return sorted(found, key=lambda scope: scope.id)

    @property
    def hidden(self) -> list[str]:
        """Those ticked before that the search does not show."""
        shown = {scope.id for scope in self.shown}
        return [scope for scope in self.scopes if scope not in shown]

    def days(self, today: date) -> int:
        """How long the token is to live. Raises ``AccountError``."""
        try:
            days = (date.fromisoformat(self.expires) - today).days
        except ValueError:
            days = 0
        check_days(days)
        return days

    def check(self, step: str, today: date) -> None:
        """Raises ``AccountError`` when what this step asks for is not there."""
        if step == "name":
            check_label(self.label)
            self.days(today)
        elif step == "app" and self.app != "jira":
            raise AccountError("Select an app.")
        elif step == "scopes":
            check_scopes(self.scopes)


def _today(state: State) -> date:
    return datetime.fromtimestamp(state.now(), UTC).date()


def _draft(state: State) -> Draft:
    form = request.form
    latest = _today(state) + timedelta(days=LONGEST_DAYS)
    return Draft(
        form.get("label", ""),
        form.get("expires", latest.isoformat()),
        form.get("app", ""),
        list(dict.fromkeys(form.getlist("scope"))),
        form.get("query", "").strip(),
    )


def _page(template: str, draft: Draft, **more: object) -> str:
    today = _today(current_state())
    first, last = today + timedelta(days=1), today + timedelta(days=LONGEST_DAYS)
    return render_template(template, draft=draft, first=first, last=last, **{"problem": "", **more})


@bp.get("")
@sign_in_first
def tokens() -> Page:
    """The person's tokens, the newest first; none of them is shown again."""
    state = current_state()
    with state.lock:
        own = [token for token in state.cloud.api_tokens.values() if token.user == g.user.name]
    rows = sorted(own, key=lambda token: token.created, reverse=True)
    return render_template("cloud_tokens.html", rows=[_row(row, state.now()) for row in rows])


def _row(token: ApiToken, now: int) -> dict[str, object]:
    return {
        "id": token.id,
        "label": token.label,
        "scopes": token.scopes,
        "created": _day(token.created),
        "expires": _day(token.expires),
        "is_over": token.expires <= now,
        "last_used": _day(token.last_used) if token.last_used else "Never",
    }


def _day(epoch: int) -> str:
    return datetime.fromtimestamp(epoch, UTC).date().isoformat()


@bp.get("/create")
@sign_in_first
def new_classic() -> Page:
    """*Create API token*: name and expiry date."""
    return _page("cloud_token_classic.html", _draft(current_state()))


@bp.post("/create")
@sign_in_first
def create_classic() -> Page:
    """Make a classic token and show it, this once."""
    state = current_state()
    draft = _draft(state)
    try:
        token = make(state, g.user, TokenWish(draft.label, draft.days(_today(state))))
    except AccountError as problem:
        return _page("cloud_token_classic.html", draft, problem=str(problem))
    return render_template("cloud_token_made.html", token=token)


@bp.get("/create-with-scopes")
@sign_in_first
def new_scoped() -> Page:
    """*Create API token with scopes*: the first step."""
    return _page("cloud_token_scoped.html", _draft(current_state()), step=STEPS[0])


@bp.post("/create-with-scopes")
@sign_in_first
def scoped_step() -> Page:
    """Search, go on, go back, or create; what is missing is said on the step that asks for it."""
    state = current_state()
    draft, pressed = _draft(state), request.form.get("press", "")
    step = request.form.get("step", "")
    at = STEPS.index(step) if step in STEPS else 0
    if pressed in ("next", "create"):
        for asked in STEPS[: at + 1]:
            try:
                draft.check(asked, _today(state))
            except AccountError as problem:
                return _page("cloud_token_scoped.html", draft, step=asked, problem=str(problem))
    if pressed == "create" and step == STEPS[-1]:
        wish = TokenWish(draft.label, draft.days(_today(state)), draft.scopes)
        return render_template("cloud_token_made.html", token=make(state, g.user, wish))
    at += {"next": 1, "back": -1}.get(pressed, 0)
    return _page("cloud_token_scoped.html", draft, step=STEPS[max(0, min(at, len(STEPS) - 1))])


@bp.post("/<token_id>/revoke")
@sign_in_first
def revoke(token_id: str) -> Page:
    """End one token of the person; of others nothing is known."""
    state = current_state()
    with state.lock:
        for token in list(state.cloud.api_tokens.values()):
            if (token.id, token.user) == (token_id, g.user.name):
                del state.cloud.api_tokens[token.token]
        state.save()
    return redirect(url_for("api_tokens.tokens"))
