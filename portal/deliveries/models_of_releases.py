"""Builds and deployments in Atlassian's JSON."""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from portal.deliveries.data_kinds import KEYS_IN_ASSOCIATIONS
from portal.deliveries.models import (
    Address,
    IssueKeys,
    Number,
    Sent,
    Text,
    Time,
    Uri,
    may_be_left_out,
    wrong,
)

BuildState = Literal["pending", "in_progress", "successful", "failed", "cancelled", "unknown"]
DeploymentState = Literal[
    "unknown", "pending", "in_progress", "cancelled", "failed", "rolled_back", "successful"
]
EnvironmentType = Literal["unmapped", "development", "testing", "staging", "production"]
_MOST_VALUES = 500
_KEY_OR_ID = re.compile(r"(?:[A-Za-z0-9_]{1,255}-)?[0-9]{1,255}")


class TestInfo(Sent):
    """How many tests ran in a build."""

    total_number: Number
    number_passed: Number
    number_failed: Number
    number_skipped: Number = may_be_left_out()


class CommitReference(Sent):
    """The commit a build ran on."""

    id: Text
    repository_uri: Uri


class RefReference(Sent):
    """The branch or tag a build ran on."""

    name: Text
    uri: Uri


class Reference(Sent):
    """What a build ran on."""

    commit: CommitReference = may_be_left_out()
    ref: RefReference = may_be_left_out()


class Build(Sent):
    """A build in Atlassian's JSON. Without ``updateSequenceNumber``, the order of arrival counts."""

    schema_version: Literal["1.0"] = may_be_left_out()
    pipeline_id: Text
    build_number: Number
    update_sequence_number: Number = may_be_left_out()
    display_name: Text
    description: Text = may_be_left_out()
    label: Text = may_be_left_out()
    url: Address
    state: BuildState
    last_updated: Time
    issue_keys: IssueKeys
    test_info: TestInfo = may_be_left_out()
    references: Annotated[list[Reference], Field(min_length=1, max_length=5)] = may_be_left_out()


class Pipeline(Sent):
    """What deploys."""

    id: Text
    display_name: Text
    url: Address


class Environment(Sent):
    """Where it is deployed to."""

    id: Text
    display_name: Text
    type: EnvironmentType


class Command(Sent):
    """What Jira is asked to do for a deployment, such as gating it."""

    command: Text = may_be_left_out()


def _no_odd_values(values: list[Any]) -> list[Any]:
    if any(not (isinstance(one, str) and _KEY_OR_ID.fullmatch(one)) for one in values):
        raise wrong(
            "key_or_id", "Not all of these are keys or ids of issues.", "Write them like ABC-12 or 10012."
        )
    return values


class IssuesAssociation(Sent):
    """Issues a deployment belongs to, by key or id."""

    association_type: Literal["issueKeys", "issueIdOrKeys"]
    values: Annotated[list[str], Field(min_length=1, max_length=_MOST_VALUES), AfterValidator(_no_odd_values)]


class ServicesAssociation(Sent):
    """Services a deployment belongs to."""

    association_type: Literal["serviceIdOrKeys"]
    values: Annotated[list[Text], Field(min_length=1, max_length=_MOST_VALUES)]


class EntityKey(Sent):
    """A repository, or a commit in it."""

    repository_id: Text
    commit_hash: Text = may_be_left_out()


class EntitiesAssociation(Sent):
    """Commits a deployment contains, or repositories it is made from."""

    association_type: Literal["commit", "repository"]
    values: Annotated[list[EntityKey], Field(min_length=1, max_length=_MOST_VALUES)]


Association = Annotated[
    IssuesAssociation | ServicesAssociation | EntitiesAssociation,
    Field(discriminator="association_type"),
]
_ISSUES_OR_SERVICES = KEYS_IN_ASSOCIATIONS | {"serviceIdOrKeys"}


def _together(associations: list[Association]) -> list[Association]:
    if sum(len(one.values) for one in associations) > _MOST_VALUES:
        told = f"These associations have more than {_MOST_VALUES} values together."
        raise wrong("associations", told, f"Send at most {_MOST_VALUES}.")
    if not any(one.association_type in _ISSUES_OR_SERVICES for one in associations):
        told = "None of these associations names issues or services."
        raise wrong("associations", told, 'Add one of the type "issueIdOrKeys", with keys like ABC-12.')
    return associations


class Deployment(Sent):
    """A deployment in Atlassian's JSON. Without ``updateSequenceNumber``, the order of arrival counts."""

    deployment_sequence_number: Number
    update_sequence_number: Number = may_be_left_out()
    issue_keys: IssueKeys = may_be_left_out()
    associations: Annotated[
        list[Association], Field(min_length=1, max_length=3), AfterValidator(_together)
    ] = may_be_left_out()
    display_name: Text
    url: Address
    description: Text
    last_updated: Time
    label: Text = may_be_left_out()
    duration: Number = may_be_left_out()
    state: DeploymentState
    pipeline: Pipeline
    environment: Environment
    commands: Annotated[list[Command], Field(max_length=100)] = may_be_left_out()
    schema_version: Literal["1.0"] = may_be_left_out()

    @model_validator(mode="after")
    def _belongs_to_something(self) -> Self:
        if not {"issue_keys", "associations"} & self.model_fields_set:
            told = "This deployment names no issue."
            raise wrong("no_issue", told, 'Add "issueKeys", a list of keys like ABC-12, or "associations".')
        return self
