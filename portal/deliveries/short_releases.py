"""Builds and deployments in short."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from portal.deliveries.models import Address, Count, Number, Sent, wrong
from portal.deliveries.models_of_releases import BuildState, DeploymentState
from portal.deliveries.short_form import (
    TEXT,
    Name,
    RepositoryAddress,
    ShortEnvironment,
    ShortForm,
    branch_url,
    named,
)

_ADD_REPOSITORY = 'Add "repository", the address of its page, or leave "commit" out.'
AnEnvironment = Annotated[
    ShortEnvironment, BeforeValidator(named, json_schema_input_type=Name | ShortEnvironment)
]


class ShortTests(Sent):
    """How many tests ran."""

    passed: Count
    failed: Count
    skipped: Count = 0


class ShortBuild(ShortForm):
    """A build, in short. ``commit`` needs ``repository``, the address of its page."""

    pipeline: Name
    number: Number
    state: BuildState
    url: Address
    name: Name | None = None
    commit: Annotated[str, Field(max_length=TEXT)] | None = None
    repository: RepositoryAddress | None = None
    tests: ShortTests | None = None

    @model_validator(mode="after")
    def _commit_is_somewhere(self) -> Self:
        if self.commit and not self.repository:
            raise wrong("no_repository", "A commit is named without its repository.", _ADD_REPOSITORY)
        return self

    def in_full(self, now: datetime) -> dict[str, Any]:
        """The build in Atlassian's JSON."""
        build = {
            "schemaVersion": "1.0",
            "pipelineId": self.pipeline,
            "buildNumber": self.number,
            "displayName": self.name or f"{self.pipeline} #{self.number}"[:TEXT],
            "url": self.url,
            "state": self.state,
            "lastUpdated": self.time(now),
            "issueKeys": self.keys(),
        }
        if self.tests:
            build["testInfo"] = _test_info(self.tests)
        references = self._references()
        return build | {"references": [references]} if references else build

    def _references(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self.repository and self.commit:
            found["commit"] = {"id": self.commit, "repositoryUri": self.repository}
        if self.repository and self.branch:
            found["ref"] = {"name": self.branch, "uri": branch_url(self.repository, self.branch)}
        return found


def _test_info(tests: ShortTests) -> dict[str, int]:
    return {
        "totalNumber": tests.passed + tests.failed + tests.skipped,
        "numberPassed": tests.passed,
        "numberFailed": tests.failed,
        "numberSkipped": tests.skipped,
    }


class ShortDeployment(ShortForm):
    """A deployment, in short: ``environment`` is a name, or an object with name and type."""

    pipeline: Name
    environment: AnEnvironment
    number: Number
    state: DeploymentState
    url: Address
    name: Name | None = None
    description: Name | None = None

    def in_full(self, now: datetime) -> dict[str, Any]:
        """The deployment in Atlassian's JSON."""
        environment = self.environment.name
        return {
            "schemaVersion": "1.0",
            "deploymentSequenceNumber": self.number,
            "displayName": self.name or f"{self.pipeline} #{self.number}"[:TEXT],
            "url": self.url,
            "description": self.description or self._told(),
            "lastUpdated": self.time(now),
            "state": self.state,
            "issueKeys": self.keys(),
            "pipeline": {"id": self.pipeline, "displayName": self.pipeline, "url": self.url},
            "environment": {
                "id": " ".join(environment.lower().split())[:TEXT],
                "displayName": environment,
                "type": self.environment.usual_type(),
            },
        }

    def _told(self) -> str:
        first_line = (self.message or "").strip().partition("\n")[0].strip()
        return (first_line or f"{self.pipeline} to {self.environment.name}")[:TEXT]
