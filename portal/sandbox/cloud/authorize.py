"""``/authorize``: the consent page. What is wrong with a request is said on it, never to the callback."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Blueprint, g, redirect, render_template, request

from portal.sandbox.cloud.places import SITES, Site, belongs, site_of
from portal.sandbox.cloud.scopes import OFFLINE, SCOPES, jira_scopes
from portal.sandbox.cloud.store import App, Code, Grant, random_text
from portal.sandbox.signin import Page, sign_in_first
from portal.sandbox.state import State, current_state

bp = Blueprint("authorize", __name__)

FIXED = {"audience": "api.atlassian.com", "response_type": "code", "prompt": "consent"}
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass
class ConsentError(Exception):
    """A request that cannot be consented to, with OAuth's ``error`` and a sentence."""

    error: str
    description: str


@dataclass
class Wish:
    """What an app asks for."""

    app: App
    scopes: list[str]
    redirect_uri: str
    state: str
    challenge: str

    @property
    def needs_site(self) -> bool:
        """Whether anything of it is about a site."""
        return bool(jira_scopes(self.scopes))

    def to_client(self, **answer: str) -> str:
        """The callback with the answer."""
        joint = "&" if "?" in self.redirect_uri else "?"
        return f"{self.redirect_uri}{joint}{urlencode(answer | {'state': self.state})}"


@bp.errorhandler(ConsentError)
def refused(problem: ConsentError) -> Page:
    """Show the problem to the person."""
    g.entry.oauth_problem = problem.error
    return render_template("cloud_problem.html", problem=problem), 403


def _wish(state: State) -> Wish:
    asked = request.args
    faults = state.faults
    app = state.cloud.app_of(asked.get("client_id", ""))
    if app is None or faults.client_unknown:
        raise ConsentError("unauthorized_client", "There is no app with this client ID.")
    redirect_uri = asked.get("redirect_uri", "")
    if faults.callback_mismatch or not app.callback_url or redirect_uri != app.callback_url:
        text = f"Callback URL mismatch. {redirect_uri} is not in the list of allowed callback URLs"
        raise ConsentError("unauthorized_client", text)
    if faults.app_blocked:  # the words are not confirmed
        raise ConsentError("access_denied", "Your organization's admin has blocked this app.")
    if (faults.app_private or not app.sharing) and app.owner != g.user.name:
        raise ConsentError(
            "access_denied",
            "You don't have access to this app. Its owner has not shared it.",
        )
    _check_parameters()
    scopes = asked.get("scope", "").split()
    if not scopes:
        raise ConsentError("invalid_request", "The parameter scope is missing.")
    unknown = [scope for scope in scopes if scope not in app.scopes and scope != OFFLINE]
    if unknown:
        raise ConsentError("invalid_scope", f"The app does not have these permissions: {', '.join(unknown)}")
    given = [scope for scope in dict.fromkeys(scopes) if scope not in state.faults.narrow_scopes]
    return Wish(app, given, redirect_uri, asked["state"], asked.get("code_challenge", ""))


def _check_parameters() -> None:
    asked = request.args
    for name, value in FIXED.items():
        if asked.get(name) != value:
            raise ConsentError("invalid_request", f"The parameter {name} must be {value}.")
    if not asked.get("state"):
        raise ConsentError("invalid_request", "The parameter state is missing.")
    challenge, method = asked.get("code_challenge", ""), asked.get("code_challenge_method", "")
    if (challenge or method) and (method != "S256" or not _CHALLENGE.fullmatch(challenge)):
        raise ConsentError("invalid_request", "Only code challenges by S256 are supported.")


@bp.get("/authorize")
@sign_in_first
def authorize() -> Page:
    """Ask the signed-in person for consent."""
    return _ask(_wish(current_state()), "")


def _ask(wish: Wish, problem: str) -> str:
    names = [SCOPES[scope] for scope in wish.scopes if scope in SCOPES]
    return render_template("cloud_consent.html", wish=wish, scopes=names, sites=_sites(), problem=problem)


def _sites() -> list[Site]:
    """Those the signed-in person is on."""
    return [site for site in SITES if belongs(g.user.name, site, current_state().faults.not_on_site)]


@bp.post("/authorize")
@sign_in_first
def decide() -> Page:
    """Go back to the app with a code, or with ``access_denied``."""
    state = current_state()
    with state.lock:
        wish = _wish(state)
        g.entry.token_user = g.user.name
        if "accept" not in request.form:
            text = "User did not authorize the request"
            return redirect(wish.to_client(error="access_denied", error_description=text))
        site = site_of(request.form.get("site", ""))
        if site not in _sites() and wish.needs_site:
            return _ask(wish, "Choose the site the app may use.")
        _grant(state, wish, [site.cloud_id] if site else [])
        code = Code(
            random_text(64), wish.app.client_id, g.user.name, wish.redirect_uri, wish.challenge, state.now()
        )
        state.cloud.codes[code.code] = code
        state.save()
    return redirect(wish.to_client(code=code.code))


def _grant(state: State, wish: Wish, sites: list[str]) -> None:
    """Write the one grant of this person to this app anew: its scopes always, its sites by kind of grant."""
    key = (wish.app.client_id, g.user.name)
    older = state.cloud.grants.get(key)
    if older and state.faults.account_level_grants:
        sites = list(dict.fromkeys([*older.sites, *sites]))
    if older and state.faults.new_grant_ends_older:
        state.cloud.end_families(*key, reason="a later consent")
    state.cloud.grants[key] = Grant(*key, scopes=wish.scopes, sites=sites, created=state.now())
