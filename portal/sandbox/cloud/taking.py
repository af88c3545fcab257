"""Taking what was sent: each thing is looked at alone, and is accepted or rejected with Atlassian's words.

Of the words, ``'...' is required`` and ``No valid issues found for build`` are known from answers of
Atlassian's; those for other kinds and complaints follow them and are not confirmed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from portal.sandbox import data
from portal.sandbox.cloud.credential_rows import Credentials2LO
from portal.sandbox.cloud.delivered import Delivered, Item, Key, Stored
from portal.sandbox.cloud.delivery_shapes import (
    BUILD,
    DEPLOYMENT,
    ENTITY_ASSOCIATIONS,
    FLAG,
    ISSUE_ASSOCIATIONS,
)
from portal.sandbox.cloud.shapes import Shape

Json = dict[str, Any]

MOST_ITEMS = 100
MOST_ASSOCIATIONS = 500
_KEYS = frozenset(issue.key for issue in data.ISSUES)
_KEY_BY_ID = {issue.id: issue.key for issue in data.ISSUES}


class BodyError(ValueError):
    """The body as a whole is not one. The text says why."""


@dataclass
class Taker:
    """One call being taken: by whom, and what has become of its things so far.

    ``keys_known`` off: a switch makes every issue key an unknown one.
    """

    by: Credentials2LO
    kind: str
    delivered: Delivered
    keys_known: bool = True
    accepted: list[Key] = field(default_factory=list)
    rejected: list[tuple[Key, list[str]]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    unknown_associations: list[Json] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    states: list[Stored] = field(default_factory=list)

    def accept(self, key: Key, sequence: int, issues: list[str], item: Json) -> None:
        """Store it, unless what is stored is as new; the sender cannot tell the difference."""
        one = Stored(self.kind, self.by.site, self.by.client_id, key, sequence, issues, item)
        is_newer = self.delivered.is_newer(one)
        if is_newer:
            self.delivered.states[one.identity] = one
            self.states.append(one)
        self.accepted.append(key)
        self.items.append(Item(key, sequence, "accepted" if is_newer else "ignored"))

    def reject(self, key: Key, sequence: Any, problems: list[str]) -> None:
        """Say what is wrong with it."""
        self.rejected.append((key, problems))
        self.items.append(Item(key, sequence, "rejected"))

    def known(self, keys: list[str]) -> list[str]:
        """Those of the keys that there are; the others are told as unknown."""
        for key in keys:
            if not self.is_known(key) and key not in self.unknown:
                self.unknown.append(key)
        return list(dict.fromkeys(key for key in keys if self.is_known(key)))

    def is_known(self, key: str) -> bool:
        """Whether the site has this issue."""
        return self.keys_known and key in _KEYS

    def associated(self, association: Json) -> tuple[list[str], list[Any]]:
        """The issues it leads to, and the values that lead somewhere; the others are told as unknown."""
        kind, values = association["associationType"], association["values"]
        if kind in ISSUE_ASSOCIATIONS:
            found = [value for value in values if self.is_known(_KEY_BY_ID.get(value, value))]
        elif kind in ENTITY_ASSOCIATIONS:
            found = [value for value in values if self._has_sent(value)]
        else:
            found = []  # the sites have no services
        missing = [value for value in values if value not in found]
        if missing:
            self.unknown_associations.append({"associationType": kind, "values": missing})
        issues = [_KEY_BY_ID.get(value, value) for value in found] if kind in ISSUE_ASSOCIATIONS else []
        return issues, found

    def _has_sent(self, entity: Json) -> bool:
        """Whether the same credentials sent this repository, or commit, before."""
        identity: tuple[str, ...] = ("devinfo", self.by.client_id, entity["repositoryId"])
        if "commitHash" in entity:
            identity = (*identity, "commits", entity["commitHash"])
        return identity in self.delivered.states


@dataclass(frozen=True)
class Kind:
    """What differs between builds, deployments and feature flags. ``noun`` is how Atlassian calls one."""

    name: str
    items: str
    noun: str
    sequence: str
    shape: Shape
    key: Callable[[Json], Key]


def _inner(item: Json, name: str) -> Any:
    value = item.get(name)
    return value.get("id") if isinstance(value, dict) else None


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "builds",
            "builds",
            "build",
            "updateSequenceNumber",
            BUILD,
            lambda item: {"pipelineId": item.get("pipelineId"), "buildNumber": item.get("buildNumber")},
        ),
        Kind(
            "deployments",
            "deployments",
            "deployment",
            "updateSequenceNumber",
            DEPLOYMENT,
            lambda item: {
                "pipelineId": _inner(item, "pipeline"),
                "environmentId": _inner(item, "environment"),
                "deploymentSequenceNumber": item.get("deploymentSequenceNumber"),
            },
        ),
        Kind(
            "featureflags",
            "flags",
            "feature flag",
            "updateSequenceId",
            FLAG,
            lambda item: {"id": item.get("id")},
        ),
    )
}


def listed(body: Any, name: str) -> list[Json]:
    """The list of a body. Raises ``BodyError`` unless it holds 1 to 100 objects."""
    if not isinstance(body, dict):
        raise BodyError("Request has incorrect format: it is not a JSON object")
    rows = body.get(name)
    if not isinstance(rows, list):
        raise BodyError(f"Request has incorrect format: '{name}' is required")
    if not 1 <= len(rows) <= MOST_ITEMS:
        raise BodyError(f"'{name}' must be a list of 1 to {MOST_ITEMS}")
    if not all(isinstance(row, dict) for row in rows):
        raise BodyError(f"Request has incorrect format: '{name}' must hold objects")
    return rows


def take(taker: Taker, kind: Kind, rows: list[Json]) -> None:
    """Take each of the things."""
    for row in rows:
        _take(taker, kind, row)


def _take(taker: Taker, kind: Kind, row: Json) -> None:
    key, sequence = kind.key(row), row.get(kind.sequence)
    problems = kind.shape("", row) + _associations_wrong(kind, row)
    if problems:
        taker.reject(key, sequence, problems)
        return
    issues = taker.known(row.get("issueKeys") or [])
    leads = bool(issues)
    for association in row.get("associations") or [] if kind.name == "deployments" else []:
        more, found = taker.associated(association)
        issues += [one for one in more if one not in issues]
        leads = leads or bool(found)
    if leads:
        taker.accept(key, row[kind.sequence], issues, row)
    else:
        taker.reject(key, sequence, [f"No valid issues found for {kind.noun}"])


def _associations_wrong(kind: Kind, row: Json) -> list[str]:
    if kind.name != "deployments":
        return []
    keys, associations = row.get("issueKeys"), row.get("associations")
    if keys is None and associations is None:
        return ["'issueKeys' or 'associations' is required"]
    lists = [one.get("values") for one in associations or [] if isinstance(one, dict)] + [keys]
    total = sum(len(one) for one in lists if isinstance(one, list))
    return (
        [] if total <= MOST_ASSOCIATIONS else [f"'associations' must have at most {MOST_ASSOCIATIONS} values"]
    )


def answer(taker: Taker, kind: Kind) -> Json:
    """What is told about all of them, in the names of each kind."""
    errors = [[{"message": one} for one in problems] for _, problems in taker.rejected]
    keys = [key for key, _ in taker.rejected]
    unknown: Json = {"unknownIssueKeys": taker.unknown}
    if kind.name == "featureflags":
        failed = {str(key["id"] or ""): said for key, said in zip(keys, errors, strict=True)}
        accepted = [key["id"] for key in taker.accepted]
        return {"acceptedFeatureFlags": accepted, "failedFeatureFlags": failed} | unknown
    if kind.name == "deployments":
        unknown["unknownAssociations"] = taker.unknown_associations
    name = kind.items.capitalize()
    rejected = [{"key": key, "errors": said} for key, said in zip(keys, errors, strict=True)]
    return {f"accepted{name}": taker.accepted, f"rejected{name}": rejected} | unknown
