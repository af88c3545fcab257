"""Whether the account's own consent, token or password at a Jira Server or Data Center still stands; on Jira
Cloud :mod:`portal.checklist.checks.cloud_consent` looks."""

from portal.alm_accounts import accounts
from portal.alm_accounts.account_views import AccountView
from portal.checklist.calls import Calls
from portal.checklist.checks.identity import myself
from portal.checklist.outcome import BUSY, Outcome, failed, proved, unknown, waiting, warning
from portal.checklist.row import Row
from portal.checklist.words import day_of
from portal.credentials.access_tokens import KeptTrouble
from portal.credentials.acting_as import NotConnected
from portal.credentials.views import CredentialView
from portal.jira.answers import Code, JiraTrouble
from portal.kinds.methods import NAMES, OAUTH1, OAUTH2
from portal.kinds.scopes import names_of

TRIED = "Looked at what is kept of it here, and sent it with the call that asks who it is."
# What Jira says of the consent, token or password itself; whatever else stops that call is another row's.
_OF_IT = frozenset(
    {
        Code.TOKEN_REJECTED,
        Code.TOKEN_EXPIRED,
        Code.TOKEN_REVOKED,
        Code.TOKEN_USED,
        Code.PERMISSION_UNKNOWN,
        Code.PERMISSION_DENIED,
        Code.UNAUTHORIZED,
        Code.PAT_REFUSED,
        Code.PASSWORD_REFUSED,
        Code.BASIC_OFF,
        Code.CAPTCHA,
        Code.GRANT_ENDED,
    }
)
# Jira knows the token, and its user no more.
_KNOWN = frozenset({Code.USER_UNKNOWN})
_ELSEWHERE = {Code.CLIENT_REFUSED: "signature", Code.TIMESTAMP_REFUSED: "clocks"}


def consent(calls: Calls) -> Outcome:
    """Whether it was given and Jira still takes it; what ended it where not."""
    # As it stands now: a renewal in this very run may have ended it.
    account = accounts.account(calls.work, calls.scene.account.id)
    own = account.own
    if own is None:
        return failed("waits_for_confirmation" if account.pending else "not_connected")
    try:
        myself(calls)
    except NotConnected as missing:
        view = missing.view or own
        return failed(view.code or "not_connected", _described(view), TRIED)
    except JiraTrouble as trouble:
        return _told_by(trouble, own)
    if own.state == "limited" and own.code:
        code = "link_permission_missing" if own.code == "scopes_narrowed" else own.code
        return warning(code, _described(own), TRIED, scopes=names_of(own.missing))
    return proved(_described(own), TRIED)


def _told_by(trouble: JiraTrouble, own: CredentialView) -> Outcome:
    if trouble.code in BUSY:
        raise trouble
    if trouble.code in _ELSEWHERE:
        return waiting(_ELSEWHERE[trouble.code])
    if isinstance(trouble, KeptTrouble):
        raise trouble
    if trouble.code in _OF_IT:
        return failed(str(trouble.code), _described(own), TRIED, **trouble.evidence)
    if trouble.code in _KNOWN:
        return proved(f"{_described(own)} Jira knows it.", TRIED)
    return unknown("consent_untold", _described(own), TRIED)


def _described(own: CredentialView) -> str:
    """What it is, whose, since when and until when, in a sentence."""
    day = day_of(own.connected_at)
    whose = f" of {own.display_name}" if own.display_name else ""
    end = f", until {day_of(own.expires_at)}" if own.expires_at else ""
    if own.method in (OAUTH1, OAUTH2):
        renewed = ", renewed by itself" if own.method == OAUTH2 else ""
        return f"Consent{whose}, given {day}{end}{renewed}."
    name = NAMES[own.method]
    return f"{name[0].upper()}{name[1:]}{whose}, entered {day}{end or ', no end known'}."


def _at_server(account: AccountView) -> bool:
    return not account.kind.is_cloud


ROWS = (
    Row(
        "consent",
        "Consent given and valid",
        consent,
        after=("jira", "client", "signature"),
        uses=("clocks",),
        applies=_at_server,
    ),
)
