"""Repositories with commits, branches and pull requests, in Atlassian's JSON."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Protocol, Self

from pydantic import AfterValidator, Field, model_validator

from portal.deliveries.data_kinds import MOST_ENTITIES
from portal.deliveries.models import (
    Address,
    Count,
    EntityId,
    KeysOfDevelopment,
    LongText,
    Number,
    Sent,
    Text,
    Time,
    may_be_left_out,
    wrong,
)

_MOST_OF_A_KIND = 400
MOST_ISSUES = (
    5000  # Atlassian has no limit but 500 of each commit; lists of a hundred such items are read at once
)
_IN_PARTS = "Send it in parts: several items, or several calls."


class Author(Sent):
    """Who made a commit or opened a pull request."""

    name: Text = may_be_left_out()
    email: Text = may_be_left_out()
    username: Text = may_be_left_out()
    url: Address = may_be_left_out()
    avatar: Address = may_be_left_out()


class ChangedFile(Sent):
    """A file that a commit changes."""

    path: LongText
    url: Address
    change_type: Literal["ADDED", "COPIED", "DELETED", "MODIFIED", "MOVED", "UNKNOWN"]
    lines_added: Count
    lines_removed: Count


def _each_once(flags: list[str]) -> list[str]:
    if len(flags) != len(set(flags)):
        raise wrong("flags", "A flag stands here twice.", "Send each once.")
    return flags


class Commit(Sent):
    """A commit. Without ``updateSequenceId``, it gets that of its repository."""

    id: EntityId
    issue_keys: KeysOfDevelopment
    update_sequence_id: Number = may_be_left_out()
    hash: Text = may_be_left_out()
    flags: Annotated[list[Literal["MERGE_COMMIT"]], Field(max_length=100), AfterValidator(_each_once)] = (
        may_be_left_out()
    )
    message: LongText
    author: Author
    file_count: Count
    url: Address
    files: Annotated[list[ChangedFile], Field(max_length=10)] = may_be_left_out()
    author_timestamp: Time
    display_id: Text


class Branch(Sent):
    """A branch with its last commit. Without ``updateSequenceId``, it gets that of its repository."""

    id: EntityId
    issue_keys: KeysOfDevelopment
    update_sequence_id: Number = may_be_left_out()
    name: Annotated[str, Field(max_length=512)]
    last_commit: Commit
    create_pull_request_url: Address = may_be_left_out()
    url: Address


class Reviewer(Sent):
    """Who reviews a pull request."""

    name: Text = may_be_left_out()
    approval_status: Literal["APPROVED", "UNAPPROVED"] = may_be_left_out()
    url: Address = may_be_left_out()
    avatar: Address = may_be_left_out()
    email: Annotated[str, Field(max_length=254)] = may_be_left_out()
    account_id: Annotated[str, Field(max_length=128)] = may_be_left_out()


class PullRequest(Sent):
    """A pull request. Without ``updateSequenceId``, it gets that of its repository."""

    id: EntityId
    issue_keys: KeysOfDevelopment
    update_sequence_id: Number = may_be_left_out()
    status: Literal["OPEN", "MERGED", "DECLINED", "UNKNOWN"]
    title: LongText
    author: Author
    comment_count: Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]
    source_branch: Text
    source_branch_url: Address = may_be_left_out()
    last_update: Time
    destination_branch: Text = may_be_left_out()
    destination_branch_url: Address = may_be_left_out()
    reviewers: Annotated[list[Reviewer], Field(max_length=1000)] = may_be_left_out()
    url: Address
    display_id: Text


class _Identified(Protocol):
    id: str


def _no_id_twice(entities: Sequence[_Identified]) -> Any:
    if len({one.id for one in entities}) != len(entities):
        raise wrong("id_twice", "Two of these have the same id.", "Send each once, in its newest state.")
    return entities


class Repository(Sent):
    """A repository in Atlassian's JSON, with what changed in it. Without ``updateSequenceId``, the order of
    arrival counts."""

    id: EntityId
    name: Text
    description: LongText = may_be_left_out()
    fork_of: LongText = may_be_left_out()
    url: Address
    commits: Annotated[list[Commit], Field(max_length=_MOST_OF_A_KIND), AfterValidator(_no_id_twice)] = (
        may_be_left_out()
    )
    branches: Annotated[list[Branch], Field(max_length=_MOST_OF_A_KIND), AfterValidator(_no_id_twice)] = (
        may_be_left_out()
    )
    pull_requests: Annotated[
        list[PullRequest], Field(max_length=_MOST_OF_A_KIND), AfterValidator(_no_id_twice)
    ] = may_be_left_out()
    avatar: Address = may_be_left_out()
    avatar_description: LongText = may_be_left_out()
    update_sequence_id: Number = may_be_left_out()

    @model_validator(mode="after")
    def _fits_into_one_call(self) -> Self:
        sent = (self.commits, self.branches, self.pull_requests)
        if sum(len(entities) for entities in sent if entities is not None) > MOST_ENTITIES:
            told = (
                f"This repository has more than {MOST_ENTITIES} commits, branches and pull requests together."
            )
            raise wrong("entities", told, _IN_PARTS)
        named = {key for entities in sent for entity in entities or () for key in _keys_of(entity)}
        if len(named) > MOST_ISSUES:
            told = f"This repository names more than {MOST_ISSUES:,} issues."
            raise wrong("many_issues", told, _IN_PARTS)
        return self


def _keys_of(entity: Commit | Branch | PullRequest) -> Sequence[str]:
    last = entity.last_commit.issue_keys if isinstance(entity, Branch) else ()
    return (*entity.issue_keys, *last)
