"""Secrets that tests use, and the search for them where no secret may be (T37, T38, T39)."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from secrets import token_hex

from sqlalchemy import Engine, inspect, text

MARK = "cnry"
SHORTEST = 12
# Thousands are made in a run and every page is searched, in a time that does not grow with their number:
# those with the mark are found in one pass, the others by how they begin.
MARKED = re.compile(rb"cnry-[\w-]+?-[0-9a-f]{16}")
_RUN = re.compile(rb"[\w+/=.~-]{12,}", re.ASCII)
_known: set[bytes] = set()
_unmarked: dict[bytes, set[bytes]] = {}


def new(kind: str) -> str:
    """A fresh secret that will be searched for."""
    return add(f"{MARK}-{kind}-{token_hex(8)}")


def add(secret: str) -> str:
    """Search for ``secret`` too; it must be long enough not to be met by chance."""
    assert _RUN.match(secret.encode()), "its first 12 characters are no canary's"
    if MARKED.fullmatch(secret.encode()):
        _known.add(secret.encode())
    else:
        _unmarked.setdefault(secret[:SHORTEST].encode(), set()).add(secret.encode())
    return secret


def found_in(content: str | bytes) -> list[str]:
    """The canaries that stand in ``content``, shortened to their kind."""
    data = content.encode() if isinstance(content, str) else content
    found = _known.intersection(MARKED.findall(data))
    for beginning in _beginnings(data):
        found |= {secret for secret in _unmarked[beginning] if secret in data}
    return sorted(secret[:16].decode() for secret in found)


def _beginnings(data: bytes) -> Iterator[bytes]:
    """How the unmarked ones begin that may stand in ``data``, wherever in a longer word."""
    for run in set(_RUN.findall(data)):
        for start in range(len(run) - SHORTEST + 1):
            if (part := run[start : start + SHORTEST]) in _unmarked:
                yield part


def assert_none_in(content: str | bytes, where: str) -> None:
    """Fail when a canary stands in ``content``."""
    found = found_in(content)
    assert not found, f"secrets stand in {where}: {found}"


def assert_none_in_files(paths: Iterable[Path]) -> None:
    """Fail when a canary stands in one of the files, whatever they hold."""
    for path in paths:
        if path.is_file():
            assert_none_in(path.read_bytes(), path.name)


def assert_none_in_rows(engine: Engine) -> None:
    """Fail when a canary stands in any row of any table; ``engine`` must see all rows."""
    with engine.connect() as connection:
        for table in inspect(engine).get_table_names():
            rows = connection.execute(text(f'SELECT * FROM "{table}"'))
            assert_none_in(b"\0".join(_bytes(value) for row in rows for value in row), f"table {table}")


def _bytes(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else repr(value).encode()
