"""Secrets that tests use, and the search for them where no secret may be (T37, T38, T39)."""

import re
from collections.abc import Iterable
from pathlib import Path
from secrets import token_hex

from sqlalchemy import Engine, inspect, text

MARK = "cnry"
# Thousands are made in a run and every page is searched: those with the mark are found in one pass.
MARKED = re.compile(rb"cnry-[\w-]+?-[0-9a-f]{16}")
_known: set[bytes] = set()
_unmarked: set[bytes] = set()


def new(kind: str) -> str:
    """A fresh secret that will be searched for."""
    return add(f"{MARK}-{kind}-{token_hex(8)}")


def add(secret: str) -> str:
    """Search for ``secret`` too; it must be long enough not to be met by chance."""
    assert len(secret) >= 12, "too short for a canary"
    known = _known if MARKED.fullmatch(secret.encode()) else _unmarked
    known.add(secret.encode())
    return secret


def found_in(content: str | bytes) -> list[str]:
    """The canaries that stand in ``content``, shortened to their kind."""
    data = content.encode() if isinstance(content, str) else content
    found = _known.intersection(MARKED.findall(data)) | {secret for secret in _unmarked if secret in data}
    return sorted(secret[:16].decode() for secret in found)


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
