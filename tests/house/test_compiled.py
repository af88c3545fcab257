"""The engines of the tests share what they compile, and nothing of their databases."""

from pathlib import Path

from sqlalchemy import literal, select

from portal.store.engine import make_engine


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
