"""Feature flags in Atlassian's JSON."""

from typing import Annotated, Literal

from pydantic import Field

from portal.deliveries.models import (
    Address,
    IssueKeys,
    Number,
    Sent,
    Text,
    Time,
    may_be_left_out,
)

FlagEnvironmentType = Literal["development", "testing", "staging", "production"]
Percentage = Annotated[float, Field(ge=0, le=100)]
# Atlassian names no limit for them; this one keeps what is wrong with an item countable.
_MOST_ENVIRONMENTS = 200


class Rollout(Sent):
    """Who gets a feature flag that is on for some."""

    percentage: Percentage = may_be_left_out()
    text: Text = may_be_left_out()
    rules: Annotated[int, Field(ge=0, le=2**63 - 1)] = may_be_left_out()


class FlagStatus(Sent):
    """Whether a feature flag is on."""

    enabled: bool
    default_value: Text = may_be_left_out()
    rollout: Rollout = may_be_left_out()


class FlagSummary(Sent):
    """A feature flag over all environments, or in the one that counts."""

    url: Address = may_be_left_out()
    status: FlagStatus
    last_updated: Time


class FlagEnvironment(Sent):
    """An environment a feature flag is in."""

    name: Text
    type: FlagEnvironmentType = may_be_left_out()


class FlagDetails(Sent):
    """A feature flag in one environment."""

    url: Address
    last_updated: Time
    environment: FlagEnvironment
    status: FlagStatus


class FeatureFlag(Sent):
    """A feature flag in Atlassian's JSON. Without ``updateSequenceId``, the order of arrival counts."""

    schema_version: Literal["1.0"] = may_be_left_out()
    id: Text
    key: Text
    update_sequence_id: Number = may_be_left_out()
    display_name: Text = may_be_left_out()
    issue_keys: IssueKeys
    summary: FlagSummary
    details: Annotated[list[FlagDetails], Field(min_length=1, max_length=_MOST_ENVIRONMENTS)]
