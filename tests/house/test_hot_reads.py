"""Hot reads on PostgreSQL, which are asked past psycopg's cursors."""

from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import String, bindparam, select

from portal.store.hot import HotRead
from portal.store.work import Store

pytestmark = pytest.mark.parametrize("database", ["postgres"], indirect=True)


GIVEN = HotRead(lambda tenant: select(bindparam("given", type_=String()).label("given"), tenant.label("own")))


def test_what_is_given_comes_whole(store: Store) -> None:
    tenant_id, text = uuid4(), "100 % 'ö' $1 \\ {}"
    assert GIVEN.rows(store.hot, tenant_id, given=text) == [(text, tenant_id)]


def test_a_text_does_not_end_at_a_zero(store: Store) -> None:
    with pytest.raises(psycopg.DataError):
        GIVEN.rows(store.hot, uuid4(), given="a\0b")


def test_a_connection_that_was_cut_is_replaced(store: Store) -> None:
    ((pid,),) = store.hot.run("SELECT pg_backend_pid()", ())
    with store.engine.connect() as connection:
        connection.exec_driver_sql(f"SELECT pg_terminate_backend({pid}, 5000)")
    ((other,),) = store.hot.run("SELECT pg_backend_pid()", ())
    assert other != pid


def test_what_fails_is_raised_and_leaves_nothing(store: Store) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero):
        store.hot.run("SELECT 1 / 0", ())
    with pytest.raises(psycopg.errors.SyntaxError):
        store.hot.run("SELECT FROM WHERE", ())
    assert store.hot.run("SELECT 1", ()) == [(1,)]
