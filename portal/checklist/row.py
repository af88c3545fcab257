"""The shape of a row of the checklist."""

from collections.abc import Callable
from dataclasses import dataclass, field

from portal.alm_accounts.account_views import AccountView
from portal.checklist.calls import Calls
from portal.checklist.outcome import Outcome


def always(account: AccountView) -> bool:
    """For rows that every kind of account has."""
    return True


def with_consent(account: AccountView) -> bool:
    """For rows about consent pages."""
    return account.kind.consent is not None


@dataclass(frozen=True)
class Row:
    """One layer that can fail by itself.

    ``after``: the rows without which this one says nothing; while one of them is not passed, this one waits
    for it. ``uses``: rows whose answers it looks at too, whatever they say. ``look`` finds out; a JiraTrouble
    it lets pass is a failure with that code. ``applies``: whether an account has this layer. ``control``: it
    sends what has to be refused, so only when a person asks.
    """

    name: str
    title: str
    look: Callable[[Calls], Outcome] = field(repr=False)
    after: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    applies: Callable[[AccountView], bool] = field(default=always, repr=False)
    control: bool = False
