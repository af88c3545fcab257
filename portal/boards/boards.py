"""The boards a tenant keeps: a name of ours on one of the Jira boards an ALM account sees (row B1)."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal import clock
from portal.audit.log import record
from portal.boards.choosing import jira_board, saved_account
from portal.credentials.registry import Registry
from portal.credentials.views import CredentialView, views_of
from portal.errors import FieldErrors, NotHere
from portal.people.texts import clean_name
from portal.store.tables import AlmAccount, Board, Credential
from portal.store.work import Work

NAME_TAKEN = FieldErrors({"name": "There is a board of this name already. Choose another name."})


@dataclass(frozen=True)
class BoardView:
    """A board, and the credential with which the person at work would read it (None: not connected)."""

    id: UUID
    name: str
    account_id: UUID
    account_name: str
    kind: str
    base_url: str
    jira_board_id: int
    jira_board_name: str
    credential: CredentialView | None

    @property
    def my_state(self) -> str:
        """State of the person's own connection; ``ended`` when it cannot serve any longer."""
        if self.credential is None:
            return "not_connected"
        return self.credential.state if self.credential.serves else "ended"

    @property
    def is_open_to_me(self) -> bool:
        """Whether what is of its Jira may be shown to the person at work before Jira is asked: by a
        credential of their own that works."""
        return self.credential is not None and self.credential.works

    @property
    def jira_url(self) -> str:
        """The board in Jira, for a browser.

        Jira Cloud sends this address on to the one it has for boards of either sort of project (not tried
        on a live site).
        """
        return f"{self.base_url}/secure/RapidBoard.jspa?rapidView={self.jira_board_id}"


def all_boards(work: Work) -> list[BoardView]:
    """Every board of the tenant, by name."""
    with work.read() as session:
        return sorted(_views(session, work.user_id), key=lambda board: board.name.casefold())


def find_board(work: Work, board_id: UUID) -> BoardView:
    """One board of the tenant; raises :class:`NotHere`."""
    with work.read() as session:
        found = _views(session, work.user_id, Board.id == board_id)
    if not found:
        raise NotHere
    return found[0]


def has_board(work: Work, board_id: UUID) -> bool:
    """Whether the tenant keeps this board at this moment."""
    with work.read() as session:
        return session.get(Board, (work.tenant, board_id)) is not None


def _views(session: Session, user_id: UUID, *conditions: ColumnElement[bool]) -> list[BoardView]:
    mine = select(Credential).where(Credential.user_id == user_id, Credential.state != "pending")
    credentials = {view.account_id: view for view in views_of(session, session.scalars(mine))}
    wanted = select(Board, AlmAccount).join(AlmAccount, AlmAccount.id == Board.account_id).where(*conditions)
    return [
        BoardView(
            id=board.id,
            name=board.name,
            account_id=account.id,
            account_name=account.name,
            kind=account.kind,
            base_url=account.base_url or "",
            jira_board_id=board.jira_board_id,
            jira_board_name=board.jira_board_name,
            credential=credentials.get(account.id),
        )
        for board, account in session.execute(wanted)
    ]


def add_board(work: Work, registry: Registry, account_id: UUID, jira_board_id: int, name: str) -> UUID:
    """Keep one of the Jira boards the account's own credential sees; its name is read from Jira.

    Raises :class:`FieldErrors` for a name that cannot be or is taken, :class:`NotHere` for an account that
    is gone or a draft, and what :func:`jira_board` raises when Jira does not show the board.
    """
    name = clean_name(name)
    saved_account(work, account_id)
    with work.read() as session:
        _refuse_taken(session, name)
    found = jira_board(work, registry, account_id, jira_board_id)
    try:
        with work.write() as session:
            _hold_account(session, account_id)
            _refuse_taken(session, name)
            board = Board(
                id=uuid4(),
                account_id=account_id,
                name=name,
                jira_board_id=found.id,
                jira_board_name=found.name,
                made_by=work.user_id,
                created_at=clock.now(),
            )
            session.add(board)
            record(session, work, "board.added", account_id=account_id, subject_id=board.id)
            return board.id
    except IntegrityError:  # the same name was given elsewhere in the same moment
        raise NAME_TAKEN from None


def rename_board(work: Work, board_id: UUID, name: str) -> None:
    """Give a board another name; raises :class:`FieldErrors` and :class:`NotHere`."""
    name = clean_name(name)
    try:
        with work.write() as session:
            board = _row(session, board_id)
            _refuse_taken(session, name, but=board_id)
            board.name = name
            record(session, work, "board.renamed", account_id=board.account_id, subject_id=board.id)
    except IntegrityError:
        raise NAME_TAKEN from None


def remove_board(work: Work, board_id: UUID) -> None:
    """Forget a board; Jira keeps its own. Raises :class:`NotHere`."""
    with work.write() as session:
        board = _row(session, board_id)
        record(session, work, "board.removed", account_id=board.account_id, subject_id=board.id)
        session.delete(board)


def _hold_account(session: Session, account_id: UUID) -> None:
    """Keep the account from being deleted until the transaction ends."""
    if session.get(AlmAccount, (session.info["tenant_id"], account_id), with_for_update=True) is None:
        raise NotHere


def _row(session: Session, board_id: UUID) -> Board:
    board = session.get(Board, (session.info["tenant_id"], board_id))
    if board is None:
        raise NotHere
    return board


def _refuse_taken(session: Session, name: str, but: UUID | None = None) -> None:
    """Two names that differ in case only would be one name to everybody who reads them."""
    names = session.execute(select(Board.id, Board.name))
    if any(known.casefold() == name.casefold() and board_id != but for board_id, known in names):
        raise NAME_TAKEN
