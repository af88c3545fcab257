"""What of a board may be read and changed with the permissions a person gave; the rest is off, and says so
(row C5)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from portal.credentials.acting_as import Acting
from portal.credentials.views import CredentialView
from portal.errors import PortalError
from portal.jira.answers import Code, JiraTrouble
from portal.kinds.features import BACKLOG, EPICS, READ_WORK, SPRINT_ISSUES, Feature, missing
from portal.kinds.methods import SCOPED_TOKEN
from portal.kinds.scopes import Scope

# Jira wants for these what it wants for a backlog.
BOARD_ISSUES = replace(BACKLOG, name="board_issues", title="Issues")
ONE_BOARD = replace(BACKLOG, name="one_board", title="One board")
# Found by search, as the issues of a sprint are.
ONE_ISSUE = replace(SPRINT_ISSUES, name="one_issue", title="Issues")
_EPICS_FOUND = EPICS.scopes | SPRINT_ISSUES.scopes
EPIC_ISSUES = Feature("epic_issues", "Issues of epics", _EPICS_FOUND, classic=READ_WORK)
FOUND_EPICS = Feature("found_epics", "Epics", _EPICS_FOUND, classic=READ_WORK)  # of a team-managed project
T = TypeVar("T")


class Why(StrEnum):
    """Why a feature is off, which decides who can mend it."""

    READ_ONLY = "read_only"  # the account is for reading: an admin sets that

    NOT_ASKED = "not_asked"  # the account does not ask for it: an admin adds it
    NOT_GIVEN = "not_given"  # the account asks for it, this consent is without it: consent again
    REFUSED = "refused"  # it was given, and Jira refuses it now
    # An API token lacks it, and gets none afterwards: whoever holds it makes another.
    TOKEN = "token"  # noqa: S105


@dataclass(frozen=True)
class Off:
    """A feature that is off. ``scopes`` lack; where Jira refused, by a consent or a token, at least one of
    them is meant."""

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

    def __init__(self, credential: CredentialView, *, read_only: bool) -> None:
        self._credential = credential
        self._read_only = read_only
        self._off: dict[str, Off] = {}

    @classmethod
    def of(cls, acting: Acting) -> "Features":
        """With the credential in use, at that account."""
        return cls(acting.credential, read_only=acting.jira.read_only)

    @property
    def off(self) -> tuple[Off, ...]:
        """The features that were wanted and are off."""
        return tuple(self._off.values())

    def has(self, feature: Feature) -> bool:
        """Whether all permissions of the feature were given; True for a kind that knows none."""
        return not missing(feature, self._credential.scopes)

    def may(self, feature: Feature) -> bool:
        """Whether a change may be offered, as far as permissions tell; one that is off is noted."""
        return self.read(feature, lambda: True) is True

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
        if feature.changes and self._read_only:
            raise FeatureOff(Off(feature, (), Why.READ_ONLY))
        if lacking := missing(feature, self._credential.scopes):
            not_given = {scope.id for scope in lacking} <= set(self._credential.missing)
            raise FeatureOff(Off(feature, tuple(lacking), Why.NOT_GIVEN if not_given else Why.NOT_ASKED))
        try:
            return call()
        except JiraTrouble as trouble:
            is_token = self._credential.method == SCOPED_TOKEN  # its scopes are told by nobody
            if trouble.code is not Code.SCOPE_MISMATCH or (self._credential.scopes is None and not is_token):
                raise
            why = Why.TOKEN if is_token else Why.REFUSED
            raise FeatureOff(Off(feature, tuple(missing(feature, frozenset())), why)) from None
