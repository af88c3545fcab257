"""What a change was, for the line that tells of it: before and after, where that is no secret and no name."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

# A name stands with its row, where it can be erased; of what is sealed only that it changed is told.
TOLD = frozenset(
    {
        "base_url",
        "max_concurrent",
        "consumer_key",
        "client_id",
        "scopes",
        "server_url",
        "logo_url",
        "old_way_until",
    }
)


def told(
    changed: Collection[str], before: Mapping[str, Any], after: Mapping[str, Any], may: Collection[str] = TOLD
) -> dict[str, Any]:
    """The details ``changed`` (names, sorted) and ``values`` (before and after by name) of a line.

    ``before`` and ``after`` hold at least what changed; of names that are not in ``may`` no value is kept.
    """
    names = sorted(changed)
    values = {name: [_plain(before.get(name)), _plain(after.get(name))] for name in names if name in may}
    return {"changed": names, "values": values}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
