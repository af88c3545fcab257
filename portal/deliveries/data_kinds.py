"""The four kinds of data that a program may report to Jira Cloud, and what is read off one item of each.

An item is a ``dict`` in Atlassian's JSON that :func:`portal.deliveries.items.read_items` has accepted. Names,
limits and what replaces what: Atlassian's OpenAPI description of Jira Software Cloud.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from portal.jira.trouble import clean
from portal.kinds.sent_data import BY_NAME, SentData

PRODUCT = {"product": "Almoner"}
# Of one call for development information, beside its items: commits, branches and pull requests in all.
MOST_ENTITIES = 1000
ENTITIES = ("commits", "branches", "pullRequests")
KEYS_IN_ASSOCIATIONS = frozenset({"issueKeys", "issueIdOrKeys"})

_HASH = re.compile(r"[0-9a-f]{12,64}", re.IGNORECASE)
_compact = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
_SHOWN = 72  # characters of a message; Git's first lines are mostly shorter

Body = dict[str, Any]


@dataclass(frozen=True)
class DataKind:
    """One kind of data.

    ``data`` says where it goes and by which permission; ``title`` and ``one`` are what pages call many and
    one of it, ``number_name`` the field by which Jira tells newer from older. The functions take one item.
    """

    data: SentData
    title: str
    one: str
    number_name: str
    subject_of: Callable[[Body], list[Any]]
    lane_of: Callable[[Body], list[Any]]
    label_of: Callable[[Body], str]
    state: Callable[[Body], str]
    keys_of: Callable[[Body], Iterator[str]]

    @property
    def name(self) -> str:
        """Its word in the portal's addresses."""
        return self.data.name

    @property
    def permission(self) -> str:
        """The tick box of Jira's *OAuth credentials*."""
        return self.data.permission

    @property
    def list_name(self) -> str:
        """The list in the body of the call."""
        return self.data.list_name

    def envelope(self, items: list[Body]) -> Body:
        """The JSON body of one call with ``items``, which are at most as many as :meth:`weight` allows."""
        return {self.list_name: items, "providerMetadata": PRODUCT}

    def weight(self, item: Body) -> int:
        """How many of the :data:`MOST_ENTITIES` of a call this item takes up; 0 where only items count."""
        return sum(len(item.get(name, ())) for name in ENTITIES) if self.name == "development" else 0

    def subject(self, item: Body) -> str:
        """What Jira replaces when it gets a higher number: compact JSON of the fields that name it."""
        return _compact(self.subject_of(item))

    def lane(self, item: Body) -> str:
        """Within what order is kept: the subject, but for a deployment its pipeline and environment."""
        return _compact(self.lane_of(item))

    def number(self, item: Body) -> int | None:
        """The number the program sent, or None where it left that to the portal."""
        value = item.get(self.number_name)
        return value if isinstance(value, int) else None

    def with_number(self, item: Body, number: int) -> Body:
        """A copy with ``number``, also in commits, branches and pull requests that have none of their own."""
        filled: Body = item | {self.number_name: number}
        if self.name == "development":
            filled.update({name: _numbered(item[name], number) for name in ENTITIES if name in item})
        return filled

    def label(self, item: Body) -> str:
        """What a person reads of it, on one line of at most 255 characters."""
        return clean(self.label_of(item))

    def issue_keys(self, item: Body) -> tuple[str, ...]:
        """The keys of every issue it names, each once, in their order; ids of issues are left out."""
        return tuple(dict.fromkeys(key for key in self.keys_of(item) if "-" in key))


def _numbered(entities: list[Body], number: int) -> list[Body]:
    numbered: list[Body] = [{"updateSequenceId": number} | entity for entity in entities]
    for entity in numbered:
        if "lastCommit" in entity:
            entity["lastCommit"] = {"updateSequenceId": number} | entity["lastCommit"]
    return numbered


def _build(item: Body) -> list[Any]:
    return [item["pipelineId"], item["buildNumber"]]


def _keys(item: Body) -> Iterator[str]:
    yield from item.get("issueKeys", ())


def _environment(item: Body) -> list[Any]:
    return [item["pipeline"]["id"], item["environment"]["id"]]


def _deployment(item: Body) -> list[Any]:
    return [*_environment(item), item["deploymentSequenceNumber"]]


def _deployment_label(item: Body) -> str:
    pipeline, environment = item["pipeline"]["displayName"], item["environment"]["displayName"]
    return f"{pipeline} #{item['deploymentSequenceNumber']} → {environment}"


def _deployment_keys(item: Body) -> Iterator[str]:
    yield from _keys(item)
    for association in item.get("associations", ()):
        if association["associationType"] in KEYS_IN_ASSOCIATIONS:
            yield from association["values"]


def _id(item: Body) -> list[Any]:
    return [item["id"]]


def _repository_keys(item: Body) -> Iterator[str]:
    for name in ENTITIES:
        for entity in item.get(name, ()):
            yield from _keys(entity)
            yield from _keys(entity.get("lastCommit", {}))


def _repository_label(item: Body) -> str:
    """The first thing that changed, in its own words, and where: a repository's name alone tells little."""
    commits, branches, pulls = ([*item.get(name, ())] for name in ENTITIES)
    told = [*map(_commit, commits), *map(_pull_request, pulls)]
    told += [f"Branch {one['name']}" for one in branches]
    if not told:
        return str(item["name"])
    on_one = bool(commits) and len(branches) == 1  # the branch the commits are on
    where = f"{item['name']}, {branches[0]['name']}" if on_one else item["name"]
    more = len(told) - 1 - on_one
    return f"{told[0]}{f' and {more} more' if more else ''} ({where})"


def _commit(entity: Body) -> str:
    """Its hash, as short as Git shows it, and the first words of its message."""
    is_hash = _HASH.fullmatch(entity["id"]) is not None
    return f"{entity['id'][:7] if is_hash else entity['displayId']} {_first_words(entity['message'])}".strip()


def _pull_request(entity: Body) -> str:
    return f"Pull request {entity['displayId']} {_first_words(entity['title'])}".strip()


def _first_words(text: str) -> str:
    first = clean(next(iter(text.strip().splitlines()), ""), len(text))
    return first if len(first) <= _SHOWN else f"{first[:_SHOWN].rpartition(' ')[0] or first[:_SHOWN]}…"


_ALL = (
    DataKind(
        data=BY_NAME["builds"],
        title="Builds",
        one="build",
        number_name="updateSequenceNumber",
        subject_of=_build,
        lane_of=_build,
        label_of=lambda item: f"{item['pipelineId']} #{item['buildNumber']}",
        state=lambda item: str(item["state"]),
        keys_of=_keys,
    ),
    DataKind(
        data=BY_NAME["deployments"],
        title="Deployments",
        one="deployment",
        number_name="updateSequenceNumber",
        subject_of=_deployment,
        lane_of=_environment,
        label_of=_deployment_label,
        state=lambda item: str(item["state"]),
        keys_of=_deployment_keys,
    ),
    DataKind(
        data=BY_NAME["feature-flags"],
        title="Feature flags",
        one="feature flag",
        number_name="updateSequenceId",
        subject_of=_id,
        lane_of=_id,
        label_of=lambda item: str(item["key"]),
        state=lambda item: "enabled" if item["summary"]["status"]["enabled"] else "disabled",
        keys_of=_keys,
    ),
    DataKind(
        data=BY_NAME["development"],
        title="Development information",
        one="repository",
        number_name="updateSequenceId",
        subject_of=_id,
        lane_of=_id,
        label_of=_repository_label,
        state=lambda item: "",
        keys_of=_repository_keys,
    ),
)
DATA_KINDS = {kind.name: kind for kind in _ALL}
