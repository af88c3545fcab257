"""The short forms: what a shell script knows, from which an item in Atlassian's JSON is made.

They are stricter where a script errs, refusing empty texts of variables that are not set, and milder where
it does not matter: null is as good as leaving a field out. See ``issue_keys`` for which keys are found.
"""

import re
from abc import abstractmethod
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Annotated, Any, Self
from urllib.parse import quote

from pydantic import BeforeValidator, Field, model_validator

from portal.deliveries import issue_keys
from portal.deliveries.models import (
    Address,
    Count,
    EntityId,
    IssueKey,
    KeyOfDevelopment,
    Number,
    Sent,
    Time,
    wrong,
)
from portal.deliveries.models_of_flags import FlagEnvironmentType, Percentage
from portal.deliveries.models_of_releases import BuildState, DeploymentState, EnvironmentType

Name = Annotated[str, Field(min_length=1, max_length=255)]
# Leaves room for what is put behind it, within the 2000 characters of an address.
RepositoryAddress = Annotated[Address, Field(max_length=1000)]
Message = Annotated[str, Field(max_length=100_000)]
_TEXT, _LONG_TEXT, _ADDRESS = 255, 1024, 2000
_MOST_KEYS = 100
_EMAIL = re.compile(r"[^\s<>@]+@[^\s<>@]+")
_WORD = re.compile(r"[a-z]+")
# The first whose word stands in the name of an environment: preprod is tested on, non-prod may be anything.
_USUAL_WORDS: tuple[tuple[frozenset[str], EnvironmentType], ...] = (
    (frozenset({"non", "nonprod"}), "unmapped"),
    (frozenset({"staging", "stage", "stg", "pre", "preprod", "preproduction"}), "staging"),
    (frozenset({"test", "testing", "tests", "tst", "qa", "uat"}), "testing"),
    (frozenset({"dev", "devel", "development", "local"}), "development"),
    (frozenset({"prod", "production", "prd", "live"}), "production"),
)


class _Short(Sent):
    """What all have: where keys of issues are looked for if ``issues`` names none, and when it was."""

    branch: Annotated[str, Field(max_length=_TEXT)] | None = None
    message: Message | None = None
    issues: Annotated[list[IssueKey], Field(max_length=_MOST_KEYS)] | None = None
    at: Time | None = None

    @model_validator(mode="after")
    def _names_issues(self) -> Self:
        keys = self.keys()
        if not keys:
            told = "No key of an issue: none is named, and none stands in branch or message."
            raise wrong("no_issue", told, _NAME_THEM)
        if len(keys) > _MOST_KEYS:
            told = f"There are more than {_MOST_KEYS} keys of issues in branch and message."
            raise wrong("many_issues", told, f'Name at most {_MOST_KEYS} of them: "issues": ["ABC-12"].')
        return self

    def keys(self) -> list[str]:
        """The issues it belongs to, each once, in capitals as Jira knows them."""
        found = self.issues or issue_keys.found_in(self.branch or "", self.message or "")
        return list(dict.fromkeys(key.upper() for key in found))

    def time(self, now: datetime) -> str:
        """When it was, in RFC 3339."""
        return self.at or _written(now)

    @abstractmethod
    def in_full(self, now: datetime) -> dict[str, Any]:
        """The item in Atlassian's JSON, without a number; it was sent at ``now``."""


@lru_cache(maxsize=16)  # the same for all of a call
def _written(now: datetime) -> str:
    return now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_NAME_THEM = 'Name them, "issues": ["ABC-12"], or send "branch" or "message" with a key in capitals.'


class ShortTests(Sent):
    """How many tests ran."""

    passed: Count
    failed: Count
    skipped: Count = 0


class ShortBuild(_Short):
    """A build, in short. ``commit`` needs ``repository``, the address of its page."""

    pipeline: Name
    number: Number
    state: BuildState
    url: Address
    name: Name | None = None
    commit: Annotated[str, Field(max_length=_TEXT)] | None = None
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
            "displayName": self.name or f"{self.pipeline} #{self.number}"[:_TEXT],
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
            found["ref"] = {"name": self.branch, "uri": _branch_url(self.repository, self.branch)}
        return found


_ADD_REPOSITORY = 'Add "repository", the address of its page, or leave "commit" out.'


def _test_info(tests: ShortTests) -> dict[str, int]:
    return {
        "totalNumber": tests.passed + tests.failed + tests.skipped,
        "numberPassed": tests.passed,
        "numberFailed": tests.failed,
        "numberSkipped": tests.skipped,
    }


def _branch_url(repository: str, branch: str) -> str:
    """Where GitHub and GitLab show a branch; elsewhere still a text that no other branch has."""
    return f"{repository.rstrip('/').removesuffix('.git')}/tree/{quote(branch)}"[:_ADDRESS]


class ShortEnvironment(Sent):
    """An environment; its type is taken from usual words in its name if it is left out."""

    name: Name
    type: EnvironmentType | None = None

    def usual_type(self) -> EnvironmentType:
        """What kind of environment it is."""
        words = set(_WORD.findall(self.name.lower()))
        guesses = [found for usual, found in _USUAL_WORDS if usual & words]
        return self.type or (guesses[0] if guesses else "unmapped")


def _named(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


AnEnvironment = Annotated[
    ShortEnvironment, BeforeValidator(_named, json_schema_input_type=Name | ShortEnvironment)
]


class ShortDeployment(_Short):
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
            "displayName": self.name or f"{self.pipeline} #{self.number}"[:_TEXT],
            "url": self.url,
            "description": self.description or self._told(),
            "lastUpdated": self.time(now),
            "state": self.state,
            "issueKeys": self.keys(),
            "pipeline": {"id": self.pipeline, "displayName": self.pipeline, "url": self.url},
            "environment": {
                "id": " ".join(environment.lower().split())[:_TEXT],
                "displayName": environment,
                "type": self.environment.usual_type(),
            },
        }

    def _told(self) -> str:
        first_line = (self.message or "").strip().partition("\n")[0].strip()
        return (first_line or f"{self.pipeline} to {self.environment.name}")[:_TEXT]


class ShortFlagEnvironment(ShortEnvironment):
    """An environment of a feature flag; Atlassian knows no ``unmapped`` here."""

    type: FlagEnvironmentType | None = None


AFlagEnvironment = Annotated[
    ShortFlagEnvironment, BeforeValidator(_named, json_schema_input_type=Name | ShortFlagEnvironment)
]


class ShortFlag(_Short):
    """A feature flag in one environment, in short. ``rollout`` is a percentage."""

    key: Name
    enabled: bool
    environment: AFlagEnvironment
    url: Address
    id: Name | None = None
    name: Name | None = None
    rollout: Percentage | None = None

    def in_full(self, now: datetime) -> dict[str, Any]:
        """The flag in Atlassian's JSON; what it is in its environment is its summary."""
        status: dict[str, Any] = {"enabled": self.enabled}
        if self.rollout is not None:
            status["rollout"] = {"percentage": self.rollout}
        seen = {"url": self.url, "lastUpdated": self.time(now), "status": status}
        environment = {"name": self.environment.name, "type": self.environment.usual_type()}
        if environment["type"] == "unmapped":
            del environment["type"]
        return {
            "schemaVersion": "1.0",
            "id": self.id or self.key,
            "key": self.key,
            "displayName": self.name or self.key,
            "issueKeys": self.keys(),
            "summary": seen,
            "details": [seen | {"environment": environment}],
        }


class ShortCommit(_Short):
    """A commit, in short. ``repository`` and ``url`` are the addresses of its repository and of its own page,
    ``author`` an e-mail address, a name, or both as Git writes them, ``files`` how many it changes."""

    issues: Annotated[list[KeyOfDevelopment], Field(max_length=_MOST_KEYS)] | None = None
    repository: RepositoryAddress
    commit: EntityId
    url: Address
    author: Name
    name: Name | None = None
    files: Count = 0

    def in_full(self, now: datetime) -> dict[str, Any]:
        """The repository in Atlassian's JSON, with this commit and its branch."""
        commit = self._commit(now)
        repository = {
            "id": _repository_id(self.repository),
            "name": self.name or _last_word(self.repository),
            "url": self.repository,
            "commits": [commit],
        }
        return repository | {"branches": [self._branch(commit)]} if self.branch else repository

    def _commit(self, now: datetime) -> dict[str, Any]:
        return {
            "id": self.commit,
            "issueKeys": self.keys(),
            "message": (self.message or "")[:_LONG_TEXT],
            "author": _author(self.author),
            "fileCount": self.files,
            "url": self.url,
            "authorTimestamp": self.time(now),
            "displayId": self.commit[:12],
        }

    def _branch(self, commit: dict[str, Any]) -> dict[str, Any]:
        branch = self.branch or ""
        return {
            "id": _as_id(branch),
            "issueKeys": self.keys(),
            "name": branch,
            "lastCommit": commit,
            "url": _branch_url(self.repository, branch),
        }


def _as_id(text: str) -> str:
    """``text`` in the few characters of an id, no two alike: those others are written as ~ and their code."""
    written = quote(text, safe="").replace("~", "~7E").replace("%", "~")
    return written if len(written) <= _LONG_TEXT else sha256(text.encode()).hexdigest()


def _repository_id(url: str) -> str:
    """The same for the ways in which people write the address of one repository."""
    return _as_id(url.partition("://")[2].rstrip("/").removesuffix(".git"))


def _last_word(url: str) -> str:
    return url.partition("://")[2].rstrip("/").removesuffix(".git").rpartition("/")[2][:_TEXT]


def _author(text: str) -> dict[str, str]:
    found = _EMAIL.search(text)
    name = text.replace(f"<{found[0]}>" if found else "", "").strip()
    author = {"email": found[0]} if found else {}
    return author | {"name": name} if name and not (found and name == found[0]) else author


SHORT_FORMS: dict[str, type[_Short]] = {
    "builds": ShortBuild,
    "deployments": ShortDeployment,
    "feature-flags": ShortFlag,
    "development": ShortCommit,
}
