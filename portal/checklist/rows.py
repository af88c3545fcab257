"""The rows of the checklist, in the order in which things fail."""

from collections.abc import Callable, Collection, Iterable

from portal.alm_accounts.account_views import AccountView
from portal.checklist.checks import (
    client,
    clocks,
    cloud_app,
    cloud_consent,
    cloud_returns,
    cloud_site,
    credential,
    data,
    deliveries,
    ends,
    here,
    identity,
    jira,
    people,
    permissions,
    reporting,
    scopes,
    way,
)
from portal.checklist.row import Row

ROWS: tuple[Row, ...] = (
    *way.ROWS,
    *jira.ROWS,
    *clocks.ROWS,
    *client.ROWS,
    *cloud_app.ROWS,
    *cloud_returns.ROWS,
    *credential.ROWS,
    cloud_site.POINTS,
    *cloud_consent.ROWS,
    *identity.ROWS,
    cloud_site.SITE,
    *scopes.ROWS,
    *data.ROWS,
    *permissions.ROWS,
    *people.ROWS,
    *ends.ROWS,
    *reporting.ROWS,
    *here.ROWS,
)
# An account that only sends has neither identity nor people, and can look at nothing in its Jira.
ROWS_OF_SENDING: tuple[Row, ...] = (
    *way.ROWS,
    jira.IS_JIRA,
    *deliveries.OF_THE_CREDENTIAL,
    cloud_site.SITE,
    *ends.ROWS,
    here.SECRET_PRIVATE,
    *deliveries.OF_THE_WAY,
)
BY_NAME = {row.name: row for row in (*ROWS, *ROWS_OF_SENDING)}


def rows_of(account: AccountView) -> list[Row]:
    """The layers this account has, in order."""
    rows = ROWS_OF_SENDING if account.kind.only_sends else ROWS
    return [row for row in rows if row.applies(account)]


def around(row: str, account: AccountView) -> set[str]:
    """A row with all it waits for and all that waits for it: what *Try again* looks at."""
    rows = rows_of(account)
    after = _grown({row}, lambda names: {one.name for one in rows if names & _needs(one)})
    return (with_those_before({row}, account) | after) & {one.name for one in rows}


def asks_who_it_is(wanted: Collection[str] | None, account: AccountView) -> bool:
    """Whether a run of these rows (all, where None) was asked for at *Identity*, or at a row before it.

    Then all that waits for it is among them; around a row after it some of that is not.
    """
    if wanted is None:
        return True
    rows = rows_of(account)
    waits = _grown({"identity"}, lambda names: {one.name for one in rows if names & _needs(one)})
    return waits & {one.name for one in rows} <= set(wanted)


def with_those_before(names: Iterable[str], account: AccountView) -> set[str]:
    """Rows of this account with all that they wait for."""
    rows = {row.name: row for row in rows_of(account)}
    found = _grown(
        set(names), lambda some: {name for one in some & rows.keys() for name in _needs(rows[one])}
    )
    return found & rows.keys()


def _needs(row: Row) -> set[str]:
    return {*row.after, *row.uses}


def _grown(names: set[str], more: Callable[[set[str]], set[str]]) -> set[str]:
    """The names with all that come by asking for more until there is none; what a row uses may come later."""
    while not (added := more(names)) <= names:
        names = names | added
    return names
