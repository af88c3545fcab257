"""Reading what Jira answers to a call with items: what it took, what it did not and why, which issues it does
not know. A 202 alone is no success: Atlassian's OpenAPI description of Jira Software Cloud.

An item Jira says nothing of is unanswered, however the answer is broken. That it was older than what Jira has
is nothing Jira tells: such an item is accepted.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from portal.deliveries.data_kinds import ENTITIES, Body, DataKind
from portal.deliveries.outcomes import are_all_unknown, in_capitals
from portal.jira.readers import items, mapping
from portal.jira.trouble import clean

ACCEPTED: Literal["accepted"] = "accepted"
REJECTED: Literal["rejected"] = "rejected"
UNANSWERED: Literal["unanswered"] = "unanswered"
_NO_ISSUE_KNOWN = "Jira knows none of the issues it names."
_NO_REASON = "Jira gave no reason."
_SHOWN = 300
_MOST_REASONS = 20
_ONE_OF = {"commits": "Commit", "branches": "Branch", "pullRequests": "Pull request"}

Subject = tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """What became of one item; that it ``failed`` is no word of Jira's about it, but about the whole call.

    ``reasons`` say why it was rejected, mostly in Jira's words: one line of at most 300 characters each.
    ``unknown_keys`` are those of its issues that Jira does not know; there may be some if it was accepted.
    """

    state: Literal["accepted", "rejected", "unanswered", "failed"]
    reasons: tuple[str, ...]
    unknown_keys: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """One outcome for each item that was sent, in the same order."""

    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True)
class _Said:
    """An answer by subject."""

    accepted: frozenset[Subject]
    rejected: dict[Subject, tuple[str, ...]]


def read_answer(kind: DataKind, sent: Sequence[Body], answer: object) -> Answer:
    """What the JSON of a 202 says of each item of ``sent``."""
    found = mapping(answer)
    said = _READERS[kind.name](found)
    unknown = _unknown(found)
    return Answer(tuple(_outcome(kind, item, said, unknown) for item in sent))


def _outcome(kind: DataKind, item: Body, said: _Said, unknown: frozenset[str]) -> Outcome:
    subject = tuple(str(part) for part in kind.subject_of(item))
    named = list(dict.fromkeys(kind.keys_of(item)))
    unknown_keys = tuple(key for key in named if key.upper() in unknown)
    if subject in said.rejected:
        return Outcome(REJECTED, said.rejected[subject] or (_NO_REASON,), unknown_keys)
    if subject in said.accepted:
        return Outcome(ACCEPTED, (), unknown_keys)
    if are_all_unknown(unknown_keys, named):
        return Outcome(REJECTED, (_NO_ISSUE_KNOWN,), unknown_keys)
    return Outcome(UNANSWERED, (), unknown_keys)


def _unknown(answer: Body) -> frozenset[str]:
    """Keys, in capitals, and ids of issues that Jira does not know; deployments have them by association as
    well."""
    lists = [answer.get("unknownIssueKeys")]
    lists += [one.get("values") for one in items(answer.get("unknownAssociations"))]
    return in_capitals(
        key for found in lists if isinstance(found, list) for key in found if isinstance(key, str)
    )


def _messages(errors: object) -> Iterator[str]:
    """Jira's words of a list of errors, each an object with ``message``; a mere text is taken as well."""
    for error in errors if isinstance(errors, list) else []:
        message = error.get("message") if isinstance(error, dict) else error
        if isinstance(message, str) and (shown := clean(message, _SHOWN)):
            yield shown


def _told(messages: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(messages))[:_MOST_REASONS]


def _by_keys(name: str, fields: tuple[str, ...]) -> Callable[[Body], _Said]:
    """A reader of ``accepted<name>``, a list of keys, and ``rejected<name>``, keys with errors."""

    def subject(key: object) -> Subject:
        return tuple(str(mapping(key).get(field)) for field in fields)

    def read(answer: Body) -> _Said:
        rejected = items(answer.get(f"rejected{name}"))
        return _Said(
            frozenset(subject(key) for key in items(answer.get(f"accepted{name}"))),
            {subject(one.get("key")): _told(_messages(one.get("errors"))) for one in rejected},
        )

    return read


def _flags(answer: Body) -> _Said:
    accepted = answer.get("acceptedFeatureFlags")
    failed = mapping(answer.get("failedFeatureFlags"))
    taken = accepted if isinstance(accepted, list) else []
    return _Said(
        frozenset((one,) for one in taken if isinstance(one, str)),
        {(one,): _told(_messages(errors)) for one, errors in failed.items()},
    )


def _development(answer: Body) -> _Said:
    """A repository is rejected if anything of it is: whoever sent it has to see that something is missing."""
    failed = mapping(answer.get("failedDevinfoEntities"))
    return _Said(
        frozenset((one,) for one in mapping(answer.get("acceptedDevinfoEntities"))),
        {(one,): reasons for one, errors in failed.items() if (reasons := _told(_of_repository(errors)))},
    )


def _of_repository(errors: object) -> Iterator[str]:
    said = mapping(errors)
    yield from _messages(said.get("errorMessages"))
    for name in ENTITIES:
        for entity in items(said.get(name)):
            one = f"{_ONE_OF[name]} {clean(str(entity.get('id')), 64)}"
            for message in _told(_messages(entity.get("errorMessages"))) or (_NO_REASON,):
                yield clean(f"{one}: {message}", _SHOWN)


_READERS: dict[str, Callable[[Body], _Said]] = {
    "builds": _by_keys("Builds", ("pipelineId", "buildNumber")),
    "deployments": _by_keys("Deployments", ("pipelineId", "environmentId", "deploymentSequenceNumber")),
    "feature-flags": _flags,
    "development": _development,
}
