"""Commits in short, of which development information is made."""

import re
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import Field

from portal.deliveries.models import Address, Count, EntityId, KeyOfDevelopment
from portal.deliveries.short_form import (
    LONG_TEXT,
    MOST_KEYS,
    TEXT,
    Name,
    RepositoryAddress,
    ShortForm,
    branch_url,
)

_EMAIL = re.compile(r"[^\s<>@]+@[^\s<>@]+")


class ShortCommit(ShortForm):
    """A commit, in short. ``repository`` and ``url`` are the addresses of its repository and of its own page,
    ``author`` an e-mail address, a name, or both as Git writes them, ``files`` how many it changes."""

    issues: Annotated[list[KeyOfDevelopment], Field(max_length=MOST_KEYS)] | None = None
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
            "message": (self.message or "")[:LONG_TEXT],
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
            "url": branch_url(self.repository, branch),
        }


def _as_id(text: str) -> str:
    """``text`` in the few characters of an id, no two alike: those others are written as ~ and their code."""
    written = quote(text, safe="").replace("~", "~7E").replace("%", "~")
    return written if len(written) <= LONG_TEXT else sha256(text.encode()).hexdigest()


def _repository_id(url: str) -> str:
    """The same for the ways in which people write the address of one repository."""
    return _as_id(url.partition("://")[2].rstrip("/").removesuffix(".git"))


def _last_word(url: str) -> str:
    return url.partition("://")[2].rstrip("/").removesuffix(".git").rpartition("/")[2][:TEXT]


def _author(text: str) -> dict[str, str]:
    found = _EMAIL.search(text)
    name = text.replace(f"<{found[0]}>" if found else "", "").strip()
    author = {"email": found[0]} if found else {}
    return author | {"name": name} if name and not (found and name == found[0]) else author
