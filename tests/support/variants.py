"""Forms of one test that differ in nothing a database sees: kinds of account, wrong inputs, what a browser
shows. SQLite runs them all, PostgreSQL those that ``make soak`` asks for.

A test with a browser looks at pages, and pages of both databases come of the same templates; what their
routes do on PostgreSQL is tested over HTTP, which takes a tenth of the time.

A module of stories that send PostgreSQL hardly a statement which others do not send says which of its tests
run there too: ``pytestmark = pytest.mark.on_both("test_one", "test_other")``. Which those are was found
by counting the different statements of each test: the named ones send every one of them. To these come the
tests of who may enter, and of what happens at the same time: those always run on both.
"""

from collections.abc import Iterable
from typing import Any

import pytest


def variants(values: Iterable[Any], ids: Iterable[str] | None = None) -> list[Any]:
    """For ``parametrize``: SQLite runs all of them; PostgreSQL runs the first, and all in ``make soak``.

    A value is a tuple where the test takes several arguments.
    """
    values = list(values)
    names = list(ids) if ids is not None else [None] * len(values)
    marks = [[]] + [[pytest.mark.variant]] * (len(values) - 1)
    return [
        pytest.param(*(value if isinstance(value, tuple) else (value,)), id=name, marks=mark)
        for value, name, mark in zip(values, names, marks, strict=True)
    ]


def put_off(items: list[pytest.Item], markexpr: str) -> list[pytest.Item]:
    """Which of ``items`` are left for ``make soak``, which ``markexpr`` asks for by name."""
    on_postgres = [item for item in items if _is_left(item)]
    if "soak" not in markexpr:
        return on_postgres
    for item in on_postgres:
        item.add_marker("soak")
    return []


def _is_left(item: pytest.Item) -> bool:
    has_browser = "browser" in getattr(item, "fixturenames", ())
    is_left = has_browser or item.get_closest_marker("variant") is not None or _is_not_named(item)
    return is_left and _is_on_postgres(item)


def _is_not_named(item: pytest.Item) -> bool:
    mark = item.get_closest_marker("on_both")
    if mark is None or not isinstance(item, pytest.Function):
        return False
    unknown = [name for name in mark.args if not hasattr(item.module, name)]
    if unknown:
        raise pytest.UsageError(f"{item.module.__name__} has no {', '.join(unknown)}")
    return item.originalname not in mark.args


def _is_on_postgres(item: pytest.Item) -> bool:
    values = item.callspec.params.values() if "callspec" in vars(item) else ()
    return any(isinstance(value, str) and value.partition(" ")[0] == "postgres" for value in values)
