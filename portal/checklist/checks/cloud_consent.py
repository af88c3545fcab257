"""Whether the account's own consent or token at Atlassian still stands, and who Jira says it is.

The gateway answers an expired token, a revoked one and a user it does not let in alike, and names no scope.
So one call is made, and what it met decides which of the two rows is red.
"""

from dataclasses import dataclass

from portal.checklist.calls import Calls
from portal.checklist.checks import identity
from portal.checklist.checks.cloud import at_cloud, own_now, sites, told_cloud_id
from portal.checklist.checks.credential import TRIED
from portal.checklist.checks.first_call import ask_who_it_is
from portal.checklist.outcome import BUSY, Outcome, failed, proved, unknown, waiting, warning
from portal.checklist.row import Row
from portal.checklist.words import day_of, many
from portal.credentials.access_tokens import KeptTrouble
from portal.credentials.acting_as import NotConnected
from portal.credentials.views import CredentialView
from portal.jira.answers import Code, JiraTrouble
from portal.kinds.methods import NAMES
from portal.kinds.scopes import READ_USER, REQUIRED, names_of

KEPT = "Looked at what is kept of it here."
AGAIN = "Asked who it is, renewed the token, and asked again; then asked Atlassian which sites it opens."
# What another row is about: it is red there, with the remedy.
_ELSEWHERE = {
    Code.CLIENT_REFUSED: "signature",
    Code.SITE_NOT_COVERED: "site",
    Code.POINTS_USED: "points",
    Code.QUOTA_SPENT: "points",
}
_NO_SITE = frozenset({Code.NOT_FOUND, Code.NOT_JIRA})
_LACKS_SCOPE = frozenset({Code.TOKEN_LACKS_SCOPE, Code.SCOPE_MISMATCH})
_OF_TOKEN = frozenset({Code.TOKEN_REFUSED, Code.CAPTCHA})


@dataclass(frozen=True)
class Met:
    """What came instead of an identity, as the two rows tell it."""

    consent: Outcome | None = None
    identity: Outcome | None = None


def met(calls: Calls) -> Met:
    """Ask who the account is; empty where Jira said so."""
    try:
        ask_who_it_is(calls)
    except NotConnected as missing:
        return _not_connected(missing.view)
    except JiraTrouble as trouble:
        if trouble.code in BUSY:
            raise
        return _named(calls, trouble)
    return Met()


def _not_connected(view: CredentialView | None) -> Met:
    if view is not None and view.code == Code.SITE_NOT_COVERED:
        return _unsent("site")
    said = f"{_described(view)}." if view else ""
    return Met(consent=failed((view.code if view else None) or "not_connected", said, TRIED))


def _unsent(row: str) -> Met:
    """What another row is about stopped the call before the credential was looked at."""
    return Met(unknown("consent_untold", tried=KEPT), waiting(row))


def _named(calls: Calls, trouble: JiraTrouble) -> Met:
    own, code = own_now(calls), trouble.code
    if code is Code.GRANT_ENDED or own is None:
        return _not_connected(own)
    if elsewhere := "scopes" if READ_USER in own.missing else _ELSEWHERE.get(code):
        return Met(identity=waiting(elsewhere)) if elsewhere == "scopes" else _unsent(elsewhere)
    if isinstance(trouble, KeptTrouble):
        raise trouble
    if named := _of_user(own, code):
        return Met(identity=failed(named, tried=TRIED, **trouble.evidence))
    if code in _OF_TOKEN:
        return Met(consent=failed(str(code), f"{_described(own)}.", TRIED, **trouble.evidence))
    if code in (Code.UNAUTHORIZED, *_NO_SITE):
        return _by_second_call(calls, trouble, own)
    return _stopped(trouble, TRIED)


def _of_user(own: CredentialView, code: Code) -> str | None:
    """The problem, where Atlassian takes the credential, and Jira tells nothing to its user."""
    if code in _LACKS_SCOPE:
        return "token_lacks_identity" if own.is_pasted else "consent_lacks_identity"
    return "no_jira_access" if code is Code.FORBIDDEN else None


def _stopped(trouble: JiraTrouble, tried: str) -> Met:
    """Something else stopped the call, which says nothing of the credential."""
    make = warning if trouble.code is Code.RATE_LIMITED else failed
    return Met(
        unknown("consent_untold", tried=tried), make(str(trouble.code), tried=tried, **trouble.evidence)
    )


def _by_second_call(calls: Calls, trouble: JiraTrouble, own: CredentialView) -> Met:
    """The token was renewed already, so its time has not run out. Whether Atlassian takes it elsewhere tells
    a consent that was revoked from a site that lets nobody in by it."""
    tried = AGAIN if own.grant_id else TRIED
    try:
        is_there = _site_is_there(calls, own)
    except JiraTrouble as second:
        if second.code is Code.UNAUTHORIZED:
            return Met(consent=failed("consent_revoked", tried=tried, **second.evidence))
        return _stopped(second, tried)
    if not is_there:
        return Met(identity=waiting("site"))
    if trouble.code is Code.UNAUTHORIZED:
        return Met(identity=failed("refused_by_site", tried=tried, **trouble.evidence))
    return _stopped(trouble, tried)


def _site_is_there(calls: Calls, own: CredentialView) -> bool:
    """Whether the site that was picked is covered by the consent, or is still the one at its address."""
    site = calls.scene.account.site
    kept = site.cloud_id if site else None
    if own.grant_id:
        return kept in {one.id for one in sites(calls)}
    return told_cloud_id(calls) in (None, kept)


def consent(calls: Calls) -> Outcome:
    """Whether it was given, has not ended, and is taken."""
    if own_now(calls) is None:
        return failed("waits_for_confirmation" if calls.scene.account.pending else "not_connected")
    if told := met(calls).consent:
        return told
    own = own_now(calls)
    if own is None:
        return failed("not_connected")  # disconnected in this very moment
    said = f"{_described(own)}{_end(calls, own)}."
    if own.scopes is not None and (lacking := set(REQUIRED) - own.scopes):
        shared = "shared_sign_in_scopes_missing" if calls.scene.account.is_by_shared_app else None
        return warning(shared or "sign_in_scopes_missing", said, TRIED, scopes=names_of(lacking))
    return proved(said, TRIED)


def _described(own: CredentialView) -> str:
    name = own.display_name or "somebody"
    if not own.is_pasted:
        return f"Consent of {name}, given {day_of(own.connected_at)}"
    method = NAMES[own.method]
    return f"{method[0].upper()}{method[1:]} of {name}, entered {day_of(own.connected_at)}"


def _end(calls: Calls, own: CredentialView) -> str:
    if own.expires_at is None:
        return ", renewed by itself" if own.grant_id else ", of which no end is known"
    days = (own.expires_at - calls.scene.now).days
    return f", ends {day_of(own.expires_at)}, in {many(days, 'day')}"


def whose(calls: Calls) -> Outcome:
    """Who Jira says the account is, through the gateway where it goes by one."""
    return met(calls).identity or identity.identity(calls)


_TOLD_BY = (*_ELSEWHERE.values(), "scopes")
_BEFORE = ("jira", "client", "signature")
ROWS = (
    Row("consent", "Consent given and valid", consent, after=_BEFORE, applies=at_cloud),
    Row("identity", "Identity", whose, after=("jira", "consent"), uses=_TOLD_BY, applies=at_cloud),
)
