"""Whether what was chosen here is still there in Jira: boards and mapped fields."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from portal.alm_accounts.field_maps import ROLES, fitting_fields
from portal.checklist.calls import Calls, NotAsked
from portal.checklist.outcome import Outcome, failed, proved, unknown, warning
from portal.checklist.row import Row
from portal.checklist.scene import KeptBoard, KeptField
from portal.checklist.words import listed, many
from portal.jira.agile import Agile, Board
from portal.jira.answers import Code, JiraTrouble
from portal.jira.client import Field
from portal.jira.issues import Start
from portal.kinds.features import BACKLOG, BOARDS, FIELDS, missing
from portal.kinds.scopes import names_of

# Asking for more would take longer than anybody waits; they are those first by name.
MOST_BOARDS = 50
MOST_PAGES = 4
# Who met one of these would meet it with each further call, and wait as long again.
STOPS = frozenset(
    {
        Code.UNREACHABLE,
        Code.CONNECT_TIMEOUT,
        Code.DEADLINE,
        Code.MAINTENANCE,
        Code.RATE_LIMITED,
        Code.POINTS_USED,
        Code.CONCURRENCY_CEILING,
    }
)
OF_SCOPES = frozenset({Code.SCOPE_MISMATCH, Code.TOKEN_LACKS_SCOPE})
_ROLES = {role.key: role for role in ROLES}
# A board as Jira has it, the trouble it was answered with, that it was not asked for, or None where Jira's
# list does not name it.
Seen = Board | JiraTrouble | NotAsked | None


def boards_looked_at(calls: Calls) -> list[KeptBoard]:
    """The boards that are asked for."""
    return list(calls.scene.boards)[:MOST_BOARDS]


def asks_for_boards(calls: Calls) -> list[Callable[[], Board | None]]:
    """What asks for each of them; once in a run, whoever does it."""
    return [partial(_board, calls, board) for board in boards_looked_at(calls)]


def look_at_boards(calls: Calls) -> dict[KeptBoard, Seen]:
    """The boards kept here as Jira has them, asked side by side. Raises NotConnected."""
    return dict(zip(boards_looked_at(calls), calls.side_by_side(asks_for_boards(calls), STOPS), strict=True))


def _board(calls: Calls, kept: KeptBoard) -> Board | None:
    return calls.once(f"board {kept.id}", lambda: _ask_for_board(calls, kept))


def _ask_for_board(calls: Calls, kept: KeptBoard) -> Board | None:
    """One board. Jira Cloud wants more permissions for it than for the list, where it is looked up then."""
    with calls.as_account() as acting:
        agile, scopes = Agile(acting.jira), acting.credential.scopes
        if not missing(BACKLOG, scopes):
            try:
                return agile.board(kept.id)
            except JiraTrouble as trouble:
                if trouble.code is not Code.SCOPE_MISMATCH:
                    raise
        if missing(BOARDS, scopes):
            raise JiraTrouble(Code.SCOPE_MISMATCH)
        return _listed(agile, kept)


def _listed(agile: Agile, kept: KeptBoard) -> Board | None:
    """A board by its name then; whose names hold that name too are few."""
    start: Start = 0
    for _ in range(MOST_PAGES):
        page = agile.boards(start, kept.jira_name)
        found = next((board for board in page.entries if board.id == kept.id), None)
        if found or page.next_start is None:
            return found
        start = page.next_start
    return None


def boards(calls: Calls) -> Outcome:
    """Whether every board kept here is still there for the account."""
    total = len(calls.scene.boards)
    if not total:
        return unknown("no_board_chosen")
    groups = _groups(look_at_boards(calls))
    asked = min(total, MOST_BOARDS) - len(groups[_UNASKED])
    said = " ".join(f"{title}: {listed(names)}." for title, names in groups.items() if names)
    tried = f"Asked for {many(asked, 'board')} of {total} as the account itself."
    for title, code in _BROKEN.items():
        if groups[title]:
            return failed(code, said, tried, boards=listed(groups[title]), user=acts_as(calls))
    if groups[_UNLISTED]:
        return warning("boards_unlisted", said, tried, boards=listed(groups[_UNLISTED]), user=acts_as(calls))
    if groups[_UNTOLD]:
        return unknown("boards_untold", said, tried, scopes=names_of(BOARDS.scopes))
    if asked < total:
        return unknown("boards_unasked", said, tried, left=many(total - asked, "board"))
    return proved(said, tried)


_NO_AGILE, _GONE, _FORBIDDEN = "This Jira knows of no boards", "Gone or hidden", "Forbidden"
_UNLISTED, _UNTOLD, _THERE = "Not found by name", "Not known", "Still there"
_UNASKED = "Not asked for, as it took too long"
_BROKEN = {_NO_AGILE: "no_agile", _GONE: "boards_gone", _FORBIDDEN: "boards_forbidden"}
# That it is a Jira was proved before; so an address it does not know is that of Jira Software.
_BY_CODE = {Code.NOT_JIRA: _NO_AGILE, Code.NOT_FOUND: _GONE, Code.FORBIDDEN: _FORBIDDEN} | dict.fromkeys(
    OF_SCOPES, _UNTOLD
)


def _groups(seen: Mapping[KeptBoard, Seen]) -> dict[str, list[str]]:
    """Names of boards by what became of them. Raises the trouble that is no board's own."""
    groups: dict[str, list[str]] = {title: [] for title in (*_BROKEN, _UNLISTED, _UNTOLD, _THERE, _UNASKED)}
    for board, found in seen.items():
        if isinstance(found, JiraTrouble):
            if found.code not in _BY_CODE:
                raise found
            groups[_BY_CODE[found.code]].append(board.name)
        elif isinstance(found, NotAsked):
            groups[_UNASKED].append(board.name)
        else:
            groups[_UNLISTED if found is None else _THERE].append(board.name)
    return groups


def acts_as(calls: Calls) -> str:
    """The Jira user behind the account, by the name Jira shows."""
    own = calls.scene.account.own
    return own.display_name if own else "the account"


def fields(calls: Calls) -> Outcome:
    """Whether the fields that were mapped are still there, and still fit their roles."""
    kept = calls.scene.fields
    if not kept:
        return warning("fields_none")
    tried = "Asked for all fields as the account itself."
    try:
        found = {field.id: field for field in calls.once("fields", lambda: _ask_for_fields(calls))}
    except JiraTrouble as trouble:
        if trouble.code not in OF_SCOPES:
            raise
        return unknown("fields_untold", tried=tried, scopes=names_of(FIELDS.scopes))
    gone = [one for one in kept if one.id not in found]
    if gone:
        return failed("fields_gone", tried=tried, fields=_with_roles(gone))
    changed = [one for one in kept if not _fits(one, found)]
    if changed:
        return failed("fields_changed", tried=tried, fields=_with_roles(changed))
    return proved(f"All are still there: {_with_roles(kept)}.", tried)


def _ask_for_fields(calls: Calls) -> list[Field]:
    with calls.as_account() as acting:
        if missing(FIELDS, acting.credential.scopes):
            raise JiraTrouble(Code.SCOPE_MISMATCH)
        return acting.jira.fields()


def _fits(kept: KeptField, found: Mapping[str, Field]) -> bool:
    """A role that this version does not know any more asks for nothing."""
    role, field = _ROLES.get(kept.role), found[kept.id]
    return role is None or field in fitting_fields(role, [field])


def _with_roles(kept: Sequence[KeptField]) -> str:
    roles = [(one, _ROLES.get(one.role)) for one in kept]
    return ", ".join(f"{role.label if role else one.role} (“{one.name}”, {one.id})" for one, role in roles)


ROWS = (
    Row("boards", "Boards are still there", boards, after=("identity",)),
    Row("fields", "Fields mapped and still there", fields, after=("identity",)),
)
