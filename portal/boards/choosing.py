"""What an admin chooses a board from: the saved accounts, and the Jira boards each one's credential sees."""

from uuid import UUID

from portal.alm_accounts import accounts
from portal.alm_accounts.accounts import AccountView
from portal.boards.paging import Listing, Pace, read_pages
from portal.credentials.acting_as import acting_as
from portal.credentials.registry import Registry
from portal.errors import NotHere
from portal.jira.agile import Agile
from portal.jira.agile import Board as JiraBoard
from portal.store.work import Work

MOST_BOARDS = 500


def saved_accounts(work: Work) -> list[AccountView]:
    """The accounts whose set-up is over, by name."""
    return [account for account in accounts.accounts(work) if account.saved]


def saved_account(work: Work, account_id: UUID) -> AccountView:
    """One of them; raises :class:`NotHere` for an account that is gone or a draft."""
    account = accounts.account(work, account_id)
    if not account.saved:
        raise NotHere
    return account


def jira_boards(
    work: Work, registry: Registry, account_id: UUID, search: str, seconds: float
) -> Listing[JiraBoard]:
    """The Jira boards the account's own credential sees whose name contains ``search`` (empty: all).

    ``seconds``: time in which calls may begin. Raises ``NotConnected`` and ``JiraTrouble``.
    """
    with acting_as(work, registry, account_id, None) as acting:
        agile = Agile(acting.jira)
        return read_pages(lambda start: agile.boards(start, search), MOST_BOARDS, Pace(seconds))


def jira_board(work: Work, registry: Registry, account_id: UUID, jira_board_id: int) -> JiraBoard:
    """One of them; ``not_found`` trouble when the account's own credential does not see it."""
    with acting_as(work, registry, account_id, None) as acting:
        return Agile(acting.jira).board(jira_board_id)
