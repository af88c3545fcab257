"""The checklist of one account, gone through as its page does."""

import time
from collections.abc import Collection
from dataclasses import dataclass

from portal.alm_accounts import accounts
from portal.checklist import runs, shown
from portal.checklist.shown import Checklist, RowView
from tests.support.account_office import AccountOffice
from tests.support.person import Person

LONGEST = 60.0


@dataclass(frozen=True)
class Sheet(AccountOffice):
    """An account of a tenant's, and what its rows say."""

    def path(self, rest: str = "") -> str:
        """The page of the checklist, or one below it."""
        page = self.tenant.path(f"alm-accounts/{self.account_id}/checklist")
        return f"{page}/{rest}" if rest else page

    def run(self, rows: Collection[str] | None = None, why: str = runs.PERSON) -> dict[str, RowView]:
        """Go through it to the end; what every row says then, by name."""
        run_id = runs.begin(self.work, self.account_id, why, rows)
        assert run_id is not None
        runs.perform(self.work, self.registry, run_id)
        return self.rows

    @property
    def shown(self) -> Checklist:
        """As the page shows it."""
        return shown.checklist(self.work, accounts.account(self.work, self.account_id))

    @property
    def rows(self) -> dict[str, RowView]:
        """What every row says, by name."""
        return {row.name: row for row in self.shown.rows}

    def wait(self, person: Person) -> None:
        """Until the run that the person began on the page is over; then look again."""
        until = time.monotonic() + LONGEST
        while self.shown.is_under_way:
            assert time.monotonic() < until, "the run has no end"
            time.sleep(0.1)
        person.get(self.path())
