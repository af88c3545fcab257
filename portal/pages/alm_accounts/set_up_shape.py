"""What the set-up page of every kind has: its shape, and how its parts are saved."""

from collections.abc import Callable, Sequence
from typing import Protocol

from flask_wtf import FlaskForm

from portal.alm_accounts import sites
from portal.alm_accounts.account_views import AccountView
from portal.errors import FieldErrors, PortalBusy
from portal.kinds.shape import Facts, Kind


class SetUp(Protocol):
    """One account at its set-up page. ``form`` holds what is stored, or what was just sent."""

    account: AccountView
    form: FlaskForm

    def save(self, *, goes_on: bool) -> None:
        """Keep what is right and tell everything that is wrong by :class:`FieldErrors`; for ``goes_on`` to
        Jira nothing may be missing."""

    def facts(self) -> Facts:
        """What the guide is filled in with."""

    def saved(self) -> str:
        """What to say after *Save*."""


def try_all(*attempts: Callable[[], None]) -> None:
    """Make every attempt; then tell what was wrong with any, and which kinds of account were meant.

    One for which the portal was too busy keeps none of the others from being made.
    """
    errors: dict[str, str] = {}
    busy: PortalBusy | None = None
    kinds: Sequence[Kind] = ()
    for attempt in attempts:
        try:
            attempt()
        except FieldErrors as wrong:
            errors = wrong.errors | errors
            kinds = wrong.kinds if isinstance(wrong, sites.OtherKind) else kinds
        except PortalBusy as error:
            busy = error
    if kinds:
        raise sites.OtherKind(errors, kinds)
    if errors:
        raise FieldErrors(errors)
    if busy:
        raise busy
