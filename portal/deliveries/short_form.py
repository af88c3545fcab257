"""What all short forms have, and what several of them have alike."""

import re
from abc import abstractmethod
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any, Self
from urllib.parse import quote

from pydantic import Field, model_validator

from portal.deliveries import issue_keys
from portal.deliveries.models import Address, IssueKey, Sent, Time, wrong
from portal.deliveries.models_of_releases import EnvironmentType

Name = Annotated[str, Field(min_length=1, max_length=255)]
# Leaves room for what is put behind it, within the 2000 characters of an address.
RepositoryAddress = Annotated[Address, Field(max_length=1000)]
Message = Annotated[str, Field(max_length=100_000)]
TEXT, LONG_TEXT, ADDRESS = 255, 1024, 2000  # characters
MOST_KEYS = 100
_NAME_THEM = 'Name them, "issues": ["ABC-12"], or send "branch" or "message" with a key in capitals.'
_WORD = re.compile(r"[a-z]+")
# The first whose word stands in the name of an environment: preprod is tested on, non-prod may be anything.
_USUAL_WORDS: tuple[tuple[frozenset[str], EnvironmentType], ...] = (
    (frozenset({"non", "nonprod"}), "unmapped"),
    (frozenset({"staging", "stage", "stg", "pre", "preprod", "preproduction"}), "staging"),
    (frozenset({"test", "testing", "tests", "tst", "qa", "uat"}), "testing"),
    (frozenset({"dev", "devel", "development", "local"}), "development"),
    (frozenset({"prod", "production", "prd", "live"}), "production"),
)


class ShortForm(Sent):
    """What all have: where keys of issues are looked for if ``issues`` names none, and when it was."""

    branch: Annotated[str, Field(max_length=TEXT)] | None = None
    message: Message | None = None
    issues: Annotated[list[IssueKey], Field(max_length=MOST_KEYS)] | None = None
    at: Time | None = None

    @model_validator(mode="after")
    def _names_issues(self) -> Self:
        keys = self.keys()
        if not keys:
            told = "No key of an issue: none is named, and none stands in branch or message."
            raise wrong("no_issue", told, _NAME_THEM)
        if len(keys) > MOST_KEYS:
            told = f"There are more than {MOST_KEYS} keys of issues in branch and message."
            raise wrong("many_issues", told, f'Name at most {MOST_KEYS} of them: "issues": ["ABC-12"].')
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


def branch_url(repository: str, branch: str) -> str:
    """Where GitHub and GitLab show a branch; elsewhere still a text that no other branch has."""
    return f"{repository.rstrip('/').removesuffix('.git')}/tree/{quote(branch)}"[:ADDRESS]


class ShortEnvironment(Sent):
    """An environment; its type is taken from usual words in its name if it is left out."""

    name: Name
    type: EnvironmentType | None = None

    def usual_type(self) -> EnvironmentType:
        """What kind of environment it is."""
        words = set(_WORD.findall(self.name.lower()))
        guesses = [found for usual, found in _USUAL_WORDS if usual & words]
        return self.type or (guesses[0] if guesses else "unmapped")


def named(value: Any) -> Any:
    """An environment's name alone is as good as the object."""
    return {"name": value} if isinstance(value, str) else value
