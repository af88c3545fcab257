"""Statements compiled once in a process, whatever engine sends them.

An engine remembers what it compiled. A run makes many engines, one or more with each portal, and much of
it went into compiling anew what another engine had compiled already.
"""

from typing import Any

from sqlalchemy import Engine, create_engine
from sqlalchemy.util import LRUCache

from portal.store import engine

MOST = 5000  # several times as many as there are in the portal, so that none is compiled twice


class Shared(LRUCache[Any, Any]):
    """What all engines of one kind of database compiled; they differ in nothing that SQL is made of."""

    def get(self, key: Any, default: Any = None) -> Any:
        """By the statement, without the engine's own dialect."""
        return super().get(key[1:], default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key[1:], value)


_of: dict[str, Shared] = {}


def hand_out() -> None:
    """From now on the portal's engines share what they compile."""
    engine.create_engine = _sharing


def _sharing(*given: Any, **more: Any) -> Engine:
    made = create_engine(*given, **more)
    made._compiled_cache = _of.setdefault(made.dialect.name, Shared(MOST))
    return made
