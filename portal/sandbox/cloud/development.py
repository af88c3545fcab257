"""Taking development information: repositories, and in them commits, branches and pull requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from portal.sandbox.cloud.delivered import Key
from portal.sandbox.cloud.delivery_shapes import ENTITIES, REPOSITORY
from portal.sandbox.cloud.taking import BodyError, Json, Taker

MOST_ENTITIES = 1000
MOST_OF_A_KIND = 400
NOUNS = {"commits": "commit", "branches": "branch", "pullRequests": "pull request"}


def entities(repository: Json) -> Iterator[tuple[str, Json]]:
    """What a repository brings, with the name of its list. Raises ``BodyError`` for what are no objects."""
    for name in ENTITIES:
        rows = repository.get(name) or []
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise BodyError(f"Request has incorrect format: '{name}' must hold objects")
        for row in rows:
            yield name, row


def check(repositories: list[Json]) -> None:
    """Raises ``BodyError`` for what spoils the call as a whole."""
    ids = [str(repository.get("id")) for repository in repositories]
    if len(set(ids)) < len(ids):
        raise BodyError("'repositories' must not contain duplicates")
    total = 0
    for repository in repositories:
        names = [name for name, _ in entities(repository)]
        total += len(names)
        for name in ENTITIES:
            if names.count(name) > MOST_OF_A_KIND:
                raise BodyError(f"'{name}' must be a list of 0 to {MOST_OF_A_KIND}")
    if not 1 <= total <= MOST_ENTITIES:
        raise BodyError(f"Submit 1 to {MOST_ENTITIES} development information entities")


def take(taker: Taker, repositories: list[Json]) -> None:
    """Take each repository, and of a good one each entity."""
    for repository in repositories:
        key: Key = {"repositoryId": repository.get("id")}
        sequence = repository.get("updateSequenceId")
        problems = REPOSITORY("", repository)
        if problems:
            taker.reject(key, sequence, problems)
            continue
        own = {name: value for name, value in repository.items() if name not in ENTITIES}
        taker.accept(key, repository["updateSequenceId"], [], own)
        for name, row in entities(repository):
            _take(taker, key, name, row)


def _take(taker: Taker, repository: Key, name: str, row: Json) -> None:
    key, sequence = repository | {"entityType": name, "id": row.get("id")}, row.get("updateSequenceId")
    problems = ENTITIES[name]("", row)
    issues = [] if problems else taker.known(row["issueKeys"])
    if problems or not issues:
        taker.reject(key, sequence, problems or [f"No valid issues found for {NOUNS[name]}"])
    else:
        taker.accept(key, row["updateSequenceId"], issues, row)


def answer(taker: Taker) -> Json:
    """What is told, by repository and list."""
    accepted: dict[str, dict[str, list[Any]]] = {}
    for key in taker.accepted:
        lists = accepted.setdefault(key["repositoryId"], {name: [] for name in ENTITIES})
        if "entityType" in key:
            lists[key["entityType"]].append(key["id"])
    failed: dict[str, dict[str, list[Any]]] = {}
    for key, problems in taker.rejected:
        told = [{"message": problem} for problem in problems]
        of_repository = failed.setdefault(str(key["repositoryId"] or ""), {})
        if "entityType" in key:
            of_repository.setdefault(key["entityType"], []).append({"id": key["id"], "errorMessages": told})
        else:
            of_repository["errorMessages"] = told
    return {
        "acceptedDevinfoEntities": accepted,
        "failedDevinfoEntities": failed,
        "unknownIssueKeys": taker.unknown,
    }
