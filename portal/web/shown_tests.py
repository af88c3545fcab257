"""What a test of one's connection saw, kept in the browser's session until the next one.

So the page that shows it is not the answer to what was sent: reloading it neither pastes nor tries again.
"""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from flask import session

from portal.alm_accounts.abilities import Tried
from portal.alm_accounts.testing import TestResult
from portal.jira.client import Identity, ServerInfo
from portal.jira.trouble import Code
from portal.kinds.features import FEATURES
from portal.kinds.scopes import BY_ID
from portal.web.place import work

_KEY = "tested"


def keep_test(account_id: UUID, result: TestResult) -> None:
    """Keep what the test of the account's connection saw, for the person at work; nothing of it is secret."""
    plain = {**asdict(result), "abilities": [_plain(one) for one in result.abilities]}
    session[_KEY] = [str(account_id), str(work().user_id), plain]


def kept_test(account_id: UUID) -> TestResult | None:
    """What was kept for this person and account, if nothing else was since."""
    kept: list[Any] = session.get(_KEY) or []
    if kept[:2] != [str(account_id), str(work().user_id)]:
        return None
    plain: dict[str, Any] = kept[2]
    return TestResult(
        code=plain["code"],
        evidence=plain["evidence"],
        identity=Identity(**plain["identity"]) if plain["identity"] else None,
        server=ServerInfo(**plain["server"]) if plain["server"] else None,
        control=plain["control"],
        abilities=tuple(_tried(*one) for one in plain["abilities"]),
        spoiled=plain["spoiled"],
    )


def _plain(one: Tried) -> list[Any]:
    return [one.feature.name, one.works, one.code, [scope.id for scope in one.lacking]]


def _tried(name: str, works: bool | None, code: str | None, lacking: list[str]) -> Tried:
    [feature] = [feature for feature in FEATURES if feature.name == name]
    return Tried(feature, works, Code(code) if code else None, tuple(BY_ID[id] for id in lacking))
