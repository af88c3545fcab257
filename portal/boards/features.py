"""What of a board may be read with the permissions a person gave; the rest is off, and says so (row C5)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from portal.credentials.views import CredentialView
from portal.errors import PortalError
from portal.jira.answers import Code, JiraTrouble
from portal.kinds.scopes import BACKLOG, Feature, Scope, missing

# Jira wants for these what it wants for a backlog.
BOARD_ISSUES = replace(BACKLOG, name="board_issues", title="Issues")
ONE_BOARD = replace(BACKLOG, name="one_board", title="One board")
T = TypeVar("T")


class Why(StrEnum):
    """Why a permission is missing, which decides who can mend it."""

    NOT_ASKED = "not_asked"  # the account does not ask for it: an admin adds it
    NOT_GIVEN = "not_given"  # the account asks for it, this consent is without it: consent again
    REFUSED = "refused"  # it was given, and Jira refuses it now


@dataclass(frozen=True)
class Off:
    """A feature that is off. ``scopes`` lack, or where Jira ``refused``, one of them is meant."""

    feature: Feature
    scopes: tuple[Scope, ...]
    why: Why


class FeatureOff(PortalError):
    """A feature without which nothing can be shown is off."""

    def __init__(self, off: Off) -> None:
        super().__init__(f"{off.feature.name} is off: {off.why}")
        self.off = off


class Features:
    """What may be asked of Jira with one credential. ``off`` collects what may not, each feature once."""

    def __init__(self, credential: CredentialView) -> None:
        self._credential = credential
        self._off: dict[str, Off] = {}

    @property
    def off(self) -> tuple[Off, ...]:
        """The features that were wanted and are off."""
        return tuple(self._off.values())

    def has(self, feature: Feature) -> bool:
        """Whether all permissions of the feature were given; True for a kind that knows none."""
        return not missing(feature, self._credential.scopes)

    def is_off(self, feature: Feature) -> bool:
        """Whether it was wanted and is off."""
        return feature.name in self._off

    def read(self, feature: Feature, call: Callable[[], T]) -> T | None:
        """What ``call`` gives, or None when the feature is off. Raises JiraTrouble for other reasons."""
        try:
            return self.need(feature, call)
        except FeatureOff as error:
            self._off[feature.name] = error.off
            return None

    def need(self, feature: Feature, call: Callable[[], T]) -> T:
        """What ``call`` gives. :class:`FeatureOff` without calling when permissions are known to lack, and
        when Jira says so though they were given."""
        if feature.name in self._off:
            raise FeatureOff(self._off[feature.name])
        if lacking := missing(feature, self._credential.scopes):
            not_given = {scope.id for scope in lacking} <= set(self._credential.missing)
            raise FeatureOff(Off(feature, tuple(lacking), Why.NOT_GIVEN if not_given else Why.NOT_ASKED))
        try:
            return call()
        except JiraTrouble as trouble:
            if self._credential.scopes is None or trouble.code is not Code.SCOPE_MISMATCH:
                raise
            raise FeatureOff(Off(feature, tuple(missing(feature, frozenset())), Why.REFUSED)) from None
