"""The search for secrets finds them."""

from collections.abc import Callable
from secrets import token_hex

import pytest
from sqlalchemy import create_engine, text

from portal.start import open_store, prepare
from tests.support import canaries
from tests.support.databases import Database
from tests.support.world import World


@pytest.mark.parametrize("make", [lambda: canaries.new("refresh-token"), lambda: canaries.add(token_hex(16))])
def test_a_secret_is_found_wherever_it_stands(make: Callable[[], str]) -> None:
    secret = make()
    for content in (secret, f"<p>{secret}</p>", f"x{secret}x".encode(), b"\0\xff" + secret.encode() + b"\0"):
        assert canaries.found_in(content) == [secret[:16]]
    assert canaries.found_in(secret[:-1]) == []


def test_a_secret_in_a_row_is_found(empty_database: Database) -> None:
    prepare(empty_database.settings())
    store = open_store(empty_database.settings())
    World(store).tenant()
    store.engine.dispose()
    empty_database.assert_no_canaries()
    engine = create_engine(empty_database.all_rows)
    with engine.begin() as connection:
        connection.execute(text("UPDATE users SET name = :name"), {"name": canaries.new("password")})
    engine.dispose()
    with pytest.raises(AssertionError, match="secrets stand in"):
        empty_database.assert_no_canaries()
