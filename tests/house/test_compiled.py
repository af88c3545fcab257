"""The engines of the tests share what they compile, and nothing of their databases."""

from pathlib import Path

from sqlalchemy import literal, select, text

from portal.store.engine import make_engine
from portal.store.tables import User


def test_what_one_engine_compiled_the_next_does_not(tmp_path: Path) -> None:
    first, second = (make_engine(f"sqlite:///{tmp_path / name}.db") for name in ("first", "second"))
    assert first._compiled_cache is second._compiled_cache
    statement = select(literal("what only this test asks").label("told"))
    compiled = []
    for engine in (first, second):
        with engine.connect() as connection:
            compiled.append(connection.execute(statement).context.compiled)
        engine.dispose()
    assert compiled[0] is compiled[1]


def test_engines_that_share_what_is_compiled_read_their_own_rows(tmp_path: Path) -> None:
    """One statement, compiled once and sent by both; then again by the first, which finds it compiled."""
    engines = {name: make_engine(f"sqlite:///{tmp_path / name}.db") for name in ("first", "second")}
    for name, engine in engines.items():
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE users (name TEXT)"))
            connection.execute(text("INSERT INTO users VALUES (:name)"), {"name": name})
    statement, compiled = select(User.name).where(User.name != "nobody"), []
    for name in ("first", "second", "first"):
        with engines[name].connect() as connection:
            result = connection.execute(statement)
            compiled.append(result.context.compiled)
            assert result.scalars().all() == [name]
    for engine in engines.values():
        engine.dispose()
    assert compiled[0] is compiled[1] is compiled[2]
