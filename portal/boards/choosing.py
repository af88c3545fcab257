"""What an admin chooses a board from: the saved accounts, and the Jira boards each one's credential sees."""

from uuid import UUID

from portal.alm_accounts import accounts
from portal.alm_accounts.account_views import AccountView
from portal.boards.features import ONE_BOARD, Features
from portal.boards.paging import Listing, read_pages
from portal.credentials.acting_as import acting_as
from portal.credentials.registry import Registry
from portal.errors import NotHere
from portal.jira.agile import Agile
from portal.jira.agile import Board as JiraBoard
from portal.jira.answers import Code, JiraTrouble
from portal.kinds.features import BOARDS
from portal.store.work import Work

MOST_BOARDS = 500
# Forty calls: for more there is hardly the time.
MOST_LOOKED_THROUGH = 2000


def readable_accounts(work: Work) -> list[AccountView]:
    """The accounts that can read boards, by name: those in use, and those whose set-up goes on."""
    return [one for one in accounts.accounts(work) if not one.kind.only_sends]


def saved_account(work: Work, account_id: UUID) -> AccountView:
    """One of them; raises :class:`NotHere` for an account that is gone, a draft, or none of them."""
    account = accounts.account(work, account_id)
    if not account.saved or account.kind.only_sends:
        raise NotHere
    return account


def jira_boards(work: Work, registry: Registry, account_id: UUID, search: str) -> Listing[JiraBoard]:
    """The Jira boards the account's own credential sees whose name contains ``search`` (empty: all).

    Raises ``NotConnected``, ``FeatureOff`` and ``JiraTrouble``.
    """
    with acting_as(work, registry, account_id, None) as acting:
        agile = Agile(acting.jira)
        return Features.of(acting).need(
            BOARDS, lambda: read_pages(lambda start: agile.boards(start, search), MOST_BOARDS)
        )


def jira_board(work: Work, registry: Registry, account_id: UUID, jira_board_id: int) -> JiraBoard:
    """One of them; ``not_found`` trouble when the account's own credential does not see it.

    Jira Cloud wants more permissions for one board than for the list of all; without them it is looked up
    there. Raises ``NotConnected``, ``FeatureOff`` and ``JiraTrouble``.
    """
    with acting_as(work, registry, account_id, None) as acting:
        agile, features = Agile(acting.jira), Features.of(acting)
        found = features.read(ONE_BOARD, lambda: agile.board(jira_board_id))
        return found or features.need(BOARDS, lambda: _look_up(agile, jira_board_id))


def _look_up(agile: Agile, jira_board_id: int) -> JiraBoard:
    for board in read_pages(agile.boards, MOST_LOOKED_THROUGH).entries:
        if board.id == jira_board_id:
            return board
    raise JiraTrouble(Code.NOT_FOUND)
