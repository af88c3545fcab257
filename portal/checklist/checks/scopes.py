"""The permissions of an app's consent, or of a token: needed, granted and superfluous, by name and id."""

from collections.abc import Iterable, Sequence
from functools import partial

from portal.alm_accounts.abilities import Tried, find_board, try_one, with_lacking
from portal.checklist.calls import Calls, NotAsked
from portal.checklist.checks.cloud import at_cloud, own_now
from portal.checklist.checks.identity import myself
from portal.checklist.outcome import Outcome, failed, proved, unknown, waiting, warning
from portal.checklist.row import Row
from portal.credentials.acting_as import NotConnected
from portal.credentials.views import CredentialView
from portal.jira.answers import JiraTrouble
from portal.jira.small_calls import SomeBoard
from portal.kinds.features import FEATURES, Feature, missing, switched_off
from portal.kinds.methods import API_TOKEN, OAUTH2
from portal.kinds.scopes import BY_ID, OFFLINE, REQUIRED, names_of, of_token

COMPARED = "Compared what Atlassian granted with what is asked for."
BY_TRYING = "Tried each feature by one reading call: what scopes a token has can be read nowhere."


def saved(calls: Calls) -> Outcome:
    """Whether everything asked for was granted: an app's permissions count once they are saved."""
    own = own_now(calls)
    if own is None:
        return waiting("consent")
    if own.method == API_TOKEN:
        return proved("This token has no scopes: it can do all that its owner can.", "Looked at its kind.")
    return _granted(calls, own) if own.method == OAUTH2 else _by_trying(calls)


def _granted(calls: Calls, own: CredentialView) -> Outcome:
    granted, asked = own.scopes or frozenset(), _asked(calls)
    said = f"Asked for {len(asked)}, granted {len(granted & asked)} of them.{_by_choice(asked)}"
    if lacking := asked - granted:
        code = "shared_scopes_missing" if calls.scene.account.is_by_shared_app else "scopes_unsaved"
        return failed(code, said, COMPARED, scopes=names_of(lacking), off=_titles(granted))
    return proved(f"{said} Granted: {names_of(granted - {OFFLINE})}.", COMPARED)


def _asked(calls: Calls) -> frozenset[str]:
    """What every consent asks for, but for what no answer lists."""
    app = calls.scene.account.app
    return frozenset(app.scopes if app else ()) - {OFFLINE}


def _by_choice(asked: frozenset[str]) -> str:
    off = [feature.title for feature, _ in switched_off(asked)]
    return f" Off by choice: {', '.join(off)}." if off else ""


def _titles(granted: frozenset[str]) -> str:
    off = [feature.title for feature, _ in switched_off(granted)]
    if not granted.issuperset(REQUIRED):
        off.insert(0, "proving who somebody is, so nobody can be connected at all")
    return ", ".join(off) or "nothing that reads"


def _by_trying(calls: Calls) -> Outcome:
    """A token with scopes, feature by feature."""
    if not _is_known(calls):
        return waiting("identity")
    found = _tried(calls)
    wanted = [one for one in found if _is_wanted(calls, one.feature)]
    works = ", ".join(one.feature.title for one in wanted if one.works) or "none"
    said = f"Works: {works}."
    lacking = [one for one in wanted if one.works is False]
    if lacking:
        scopes = names_of({scope.id for one in lacking for scope in one.lacking})
        off = ", ".join(one.feature.title for one in lacking)
        return failed("token_scopes_missing", said, BY_TRYING, scopes=scopes, off=off)
    untold = [one for one in wanted if one.works is None]
    if untold:
        return _untold(calls, untold, said)
    return proved(said, BY_TRYING)


def _untold(calls: Calls, untold: Sequence[Tried], said: str) -> Outcome:
    """Features of which nothing is known: by what came back instead, where something did."""
    features = ", ".join(one.feature.title for one in untold)
    code = next((one.code for one in untold if one.code is not None), None)
    if code is None:
        return unknown("token_scopes_untried", said, BY_TRYING, features=features)
    met = calls.scene.account.trouble(str(code))
    told = {"features": features, "last": met.title, "todo": met.fix}
    return unknown("token_scopes_stopped", said, BY_TRYING, **told)


def _is_known(calls: Calls) -> bool:
    """Whether Jira takes the token at all: else each try would be one more refusal."""
    try:
        myself(calls)
    except (JiraTrouble, NotConnected):
        return False
    return True


def _is_wanted(calls: Calls, feature: Feature) -> bool:
    """A feature whose permissions were unticked is off by choice; an account without an app has all."""
    return calls.scene.account.app is None or not missing(feature, _asked(calls))


def _tried(calls: Calls) -> list[Tried]:
    """First a board, then everything else side by side."""
    with calls.as_account() as acting:
        boards, board = find_board(acting.jira)
    if boards.stops and boards.code is not None:
        raise JiraTrouble(boards.code)
    rest = calls.side_by_side([partial(_try, calls, board, feature) for feature in FEATURES[1:]])
    for one in rest:
        if isinstance(one, JiraTrouble | NotAsked):
            raise one
    return with_lacking([boards, *(one for one in rest if isinstance(one, Tried))])


def _try(calls: Calls, board: SomeBoard | None, feature: Feature) -> Tried:
    with calls.as_account() as acting:
        return try_one(acting.jira, board, feature)


def superfluous(calls: Calls) -> Outcome:
    """Whether nothing was granted that is used for nothing here."""
    own = own_now(calls)
    if own is None:
        return waiting("consent")
    if own.method == API_TOKEN:
        return warning("classic_token_wide", "It has no scopes.", "Looked at its kind.")
    if own.method != OAUTH2:
        return unknown("token_scopes_untold", scopes=names_of(_of_token(calls)))
    extra = (own.scopes or frozenset()) - _of_use(calls) - {OFFLINE}
    if extra:
        said = f"Granted and used for nothing: {names_of(extra)}."
        code = "shared_scopes_superfluous" if calls.scene.account.is_by_shared_app else "scopes_superfluous"
        return warning(code, said, COMPARED, scopes=names_of(extra))
    return proved("Everything granted is used here.", COMPARED)


def _of_use(calls: Calls) -> frozenset[str]:
    """What is used here of what was asked for; where nothing is changed through the account, only reading."""
    read_only = calls.scene.account.read_only
    return frozenset(_reading(_asked(calls) & set(BY_ID), read_only=read_only))


def _of_token(calls: Calls) -> tuple[str, ...]:
    """What a token for this account needs: those of the app that Jira knows, or all where there is no app."""
    account = calls.scene.account
    return of_token(account.app.scopes if account.app else None, read_only=account.read_only)


def _reading(scopes: Iterable[str], *, read_only: bool) -> Iterable[str]:
    return (one for one in scopes if not read_only or one.startswith(("read:", "report:")))


ROWS = (
    Row("scopes", "All permissions saved before testing", saved, after=("consent",), applies=at_cloud),
    Row("superfluous", "Only needed permissions", superfluous, after=("consent",), applies=at_cloud),
)
