"""What tests of the checklist keep on an account, and begin of it."""

from sqlalchemy import select

from portal.boards.boards import add_board
from portal.checklist import runs
from tests.support.accounts import registry_of
from tests.support.checklist import Sheet

SHOP, EDGES = 1, 2  # a scrum board of everybody's, and a kanban board that only ada and admin see


def keep_boards(sheet: Sheet, *numbers: int) -> None:
    """Keep these boards of that Jira; all it has where none is named."""
    for number in numbers or (SHOP, EDGES):
        name = {SHOP: "Shop", EDGES: "Edges"}[number]
        add_board(sheet.work, registry_of(sheet.portal), sheet.account_id, number, name)


def perform(sheet: Sheet, run_id) -> None:
    """Go through a run that was begun."""
    runs.perform(sheet.work, registry_of(sheet.portal), run_id)


def begin(sheet: Sheet, rows=None):
    """Begin a run as a person does; its id, or None."""
    return runs.begin(sheet.work, sheet.account_id, runs.PERSON, rows)


def stored(sheet: Sheet, *tables) -> list[int]:
    """How many rows of the tenant's each table holds."""
    with sheet.work.read() as session:
        return [len(session.scalars(select(table)).all()) for table in tables]
