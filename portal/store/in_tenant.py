"""Whether a statement keeps to its tenant, looked at when it is made: for those that are asked past the
session, whose hook would filter rows. SQLite has no row level security behind it.

Nothing can be said of what is written as text, so neither these nor a session take any (:func:`refuse_text`).
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from sqlalchemy import (
    BinaryExpression,
    BindParameter,
    BooleanClauseList,
    ClauseElement,
    Column,
    ColumnClause,
    Delete,
    ExecutableDDLElement,
    FromClause,
    Select,
    SelectBase,
    Table,
    TableClause,
    TextClause,
    Update,
    UpdateBase,
)
from sqlalchemy.sql.operators import and_, custom_op, eq
from sqlalchemy.sql.selectable import Alias, AliasedReturnsRows, Join, Lateral
from sqlalchemy.sql.visitors import iterate

from portal.store.tables import PORTAL_WIDE

TENANT = "tenant"  # the parameter that names it
# What is said of a statement in words stands beside its parts.
_WORDS = ("_prefixes", "_suffixes", "_hints", "_statement_hints")
MOST_FOUND = 2000  # several times as many as there are in the portal
_found: dict[Any, bool] = {}


class TenantMissing(RuntimeError):
    """A statement on a tenant's table without a tenant, or a row of another one. Always a bug."""


def is_tenants(element: Any) -> bool:
    """Whether a part of a statement is a tenant's table, or a column of one."""
    table = getattr(element, "table", element)
    return isinstance(table, Table) and table.name not in PORTAL_WIDE


def refuse_beyond_tenant(statement: ClauseElement) -> None:
    """Raise :class:`TenantMissing` where a tenant's table could give rows of others.

    Of each, ``tenant_id`` is compared with the parameter ``tenant``, or with that of a table of which it is,
    by a condition that no row passes by: of WHERE, of a join, and of an outer join for what that adds. A
    select within another one may rest on a table outside that it is correlated with by name. What
    :func:`refuse_text` refuses says nothing of that.
    """
    refuse_text(iterate(statement))
    beyond = sorted(set(_beyond(statement, frozenset())))
    if beyond:
        raise TenantMissing(f"a prepared statement names its tenant for each table: {', '.join(beyond)}")


def names_tenants(statement: ClauseElement) -> bool:
    """Whether a statement of a session names a tenant's table. Raises :class:`TenantMissing` as
    :func:`refuse_text` does.

    Looking through one takes as long as a fifth of asking it, so what was found holds for all that SQLAlchemy
    sends as the same SQL: those with the same cache key, in which stands all but the values of parameters.
    """
    key = statement._generate_cache_key()
    found = _found.get(key.key) if key else None
    if found is None:
        parts = list(iterate(statement))
        refuse_text(parts)
        found = any(map(is_tenants, parts))
        if key:
            if len(_found) >= MOST_FOUND:
                _found.clear()
            _found[key.key] = found
    return found


def refuse_text(parts: Iterable[Any]) -> None:
    """Raise :class:`TenantMissing` where a part of a statement is written as text, or names a table by
    nothing but its name: it could be of any table, and of all rows."""
    if any(map(_is_unread, parts)):
        raise TenantMissing("a statement is made of tables, not of text")


def _is_unread(part: Any) -> bool:
    if isinstance(part, TableClause):
        return not isinstance(part, Table)
    if isinstance(part, ColumnClause):
        return part.is_literal and part.name != "*"  # that one count() and exists() write
    is_text = isinstance(part, TextClause | ExecutableDDLElement)
    is_own_operator = isinstance(getattr(part, "operator", None), custom_op)
    return is_text or is_own_operator or any(getattr(part, name, None) for name in _WORDS)


class _Held(NamedTuple):
    """That a table's rows are of the tenant, if those of ``by`` are; None: in any case."""

    table: FromClause
    by: FromClause | None


def _beyond(statement: ClauseElement, outside: frozenset[FromClause]) -> Iterator[str]:
    """The names of tables that could; ``outside``: those of the statement around it that cannot."""
    sources: list[FromClause] = []
    if isinstance(statement, Select):
        sources = list(statement.get_final_froms())
        outside &= set(statement._correlate)
    elif isinstance(statement, UpdateBase):
        sources, outside = [statement.table], frozenset()
    held, given = set(outside), list(_given(statement, sources))
    while new := [one.table for one in given if one.table not in held and one.by in (None, *held)]:
        held.update(new)
    for part, sees in [*((one, True) for one in sources), *_parts(statement)]:
        table: Any = getattr(part, "table", part)
        named: Any = table.element if isinstance(table, Alias) else table
        if is_tenants(named) and table not in held:
            yield named.name
        if isinstance(part, SelectBase | UpdateBase):
            yield from _beyond(part, frozenset(held) if sees else frozenset())


def _given(statement: ClauseElement, sources: Iterable[FromClause]) -> Iterator[_Held]:
    if isinstance(statement, Select | Update | Delete):
        yield from _said(statement.whereclause)
    for source in sources:
        yield from _joined(source)


def _joined(source: FromClause) -> Iterator[_Held]:
    if not isinstance(source, Join):
        return
    yield from _joined(source.left)
    yield from _joined(source.right)
    if not source.full:
        right = set(_leaves(source.right))
        said = _said(source.onclause)
        yield from (one for one in said if one.table in right or not source.isouter)


def _leaves(source: FromClause) -> Iterator[FromClause]:
    if isinstance(source, Join):
        yield from _leaves(source.left)
        yield from _leaves(source.right)
    else:
        yield source


def _said(condition: ClauseElement | None) -> Iterator[_Held]:
    """What a condition says of tenants, in whatever is true of each row that passes."""
    if isinstance(condition, BooleanClauseList) and condition.operator is and_:
        for one in condition.clauses:
            yield from _said(one)
    elif isinstance(condition, BinaryExpression) and condition.operator is eq:
        for one, other in ((condition.left, condition.right), (condition.right, condition.left)):
            if _is_tenant_id(one) and _is_tenant_id(other):
                yield _Held(one.table, other.table)
            elif _is_tenant_id(one) and _is_tenant(other):
                yield _Held(one.table, None)


def _is_tenant_id(element: ClauseElement) -> bool:
    return isinstance(element, Column) and element.name == "tenant_id"


def _is_tenant(element: ClauseElement) -> bool:
    """Whether it is the parameter, whose value is given with each request."""
    return isinstance(element, BindParameter) and element.key == TENANT and element.required


def _parts(element: ClauseElement, *, sees: bool = True) -> Iterator[tuple[Any, bool]]:
    """What a statement is made of. Of one inside it only that it is there, and whether it can be correlated:
    what stands in FROM sees nothing beside it."""
    for part in element.get_children():
        yield part, sees
        if not isinstance(part, SelectBase | UpdateBase | Alias):  # the table of an alias is not asked itself
            is_apart = isinstance(part, AliasedReturnsRows) and not isinstance(part, Lateral)
            yield from _parts(part, sees=sees and not is_apart)
