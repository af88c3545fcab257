"""What of a board may be read and changed with the permissions a person gave, and has in the project; the
rest is off, and says so (row C5)."""

from collections.abc import Callable, Mapping
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
    NO_RIGHT = "no_right"  # Jira has not given it to this person: an admin of the project does


@dataclass(frozen=True)
class Off:
    """A feature that is off. ``scopes`` lack; where Jira refused, by a consent or a token, at least one of
    them is meant. ``right``: the permission that the person lacks, as Jira calls it, in ``project``, which is
    empty where it lacks in every one.
    """

    feature: Feature
    scopes: tuple[Scope, ...]
    why: Why
    right: str = ""
    project: str = ""

    @property
    def ends_by_connecting(self) -> bool:
        """Whether another consent or token brings it, as far as is known."""
        return self.why in (Why.NOT_GIVEN, Why.REFUSED, Why.TOKEN)

    @property
    def key(self) -> str:
        """What is told once. One feature may want one right for this and another for that."""
        return f"{self.feature.name} {self.feature.right}" if self.right else self.feature.name


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
        self._lacking: Mapping[str, tuple[str, str]] = {}

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

    def is_open(self, feature: Feature) -> bool:
        """Whether a change is on, as far as the account and the permissions given tell."""
        return not self._read_only and self.has(feature)

    def lack(self, rights: Mapping[str, str], project: str) -> None:
        """Have it known which rights the person lacks in a project (empty: in all): Jira's key and name of
        each. It takes the place of what was known before."""
        self._lacking = {key: (name, project) for key, name in rights.items()}  # one step, for those beside

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
            self._off[error.off.key] = error.off
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
        if feature.right in self._lacking:
            name, project = self._lacking[feature.right]
            raise FeatureOff(Off(feature, (), Why.NO_RIGHT, name or feature.permission, project))
        try:
            return call()
        except JiraTrouble as trouble:
            is_token = self._credential.method == SCOPED_TOKEN  # its scopes are told by nobody
            if trouble.code is not Code.SCOPE_MISMATCH or (self._credential.scopes is None and not is_token):
                raise
            why = Why.TOKEN if is_token else Why.REFUSED
            raise FeatureOff(Off(feature, tuple(missing(feature, frozenset())), why)) from None
