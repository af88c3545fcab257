"""Mapping fields: which field of that Jira is the sprint, the epic link, the rank (mission row A8).

Fields are matched by their type, never by name or id: names are translated and ids differ from Jira to
Jira (jira.md, section 10). Where several fit, a person chooses; a likely name only decides what is preset.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, select

from portal import clock
from portal.alm_accounts.accounts import get_account
from portal.audit.changes import told
from portal.audit.log import record
from portal.credentials.acting_as import acting_as
from portal.credentials.registry import Registry
from portal.errors import FieldErrors, Refused
from portal.jira.client import Field
from portal.store.tables import FieldMapping
from portal.store.work import Work

GREENHOPPER = "com.pyxis.greenhopper.jira:"
STANDARD = "com.atlassian.jira.plugin.system.customfieldtypes:"
PORTFOLIO = "com.atlassian.jpo:"
LONGEST_ID = 120  # Jira's own are customfield_12345; what is longer comes from no Jira


@dataclass(frozen=True)
class Role:
    """A part a field can play. ``types`` are the custom types that fit; ``names`` what it is often called."""

    key: str
    label: str
    types: tuple[str, ...]
    names: tuple[str, ...] = ()
    system_ids: tuple[str, ...] = ()


ROLES = (
    Role("epic_link", "Epic link", (f"{GREENHOPPER}gh-epic-link",)),
    Role("epic_name", "Epic name", (f"{GREENHOPPER}gh-epic-label",)),
    Role("sprint", "Sprint", (f"{GREENHOPPER}gh-sprint",)),
    Role("rank", "Rank", (f"{GREENHOPPER}gh-lexo-rank",)),
    Role(
        "story_points",
        "Story points",
        (f"{GREENHOPPER}jsw-story-points", f"{STANDARD}float"),
        ("story points", "story point estimate"),
    ),
    Role(
        "start_date",
        "Start date",
        (f"{PORTFOLIO}jpo-custom-field-baseline-start", f"{STANDARD}datepicker", f"{STANDARD}datetime"),
        ("start date", "target start"),
    ),
    Role(
        "due_date",
        "Due date",
        (f"{PORTFOLIO}jpo-custom-field-baseline-end", f"{STANDARD}datepicker", f"{STANDARD}datetime"),
        ("due date", "end date", "target end"),
        ("duedate",),
    ),
)


@dataclass(frozen=True)
class Choice:
    """A role with the fields that fit, best first, and the one preset or stored ("" for none)."""

    role: Role
    fields: tuple[Field, ...]
    chosen: str


def read_fields(work: Work, registry: Registry, account_id: UUID) -> list[Field]:
    """All fields of that Jira, live, as the account sees them."""
    with acting_as(work, registry, account_id, None) as acting:
        return [field for field in acting.jira.fields() if len(field.id) <= LONGEST_ID]


def choices(work: Work, account_id: UUID, fields: Sequence[Field]) -> list[Choice]:
    """For each role the fields that fit, with what is stored; for a draft, with what is preset."""
    stored = mapped(work, account_id)
    with work.read() as session:
        is_draft = get_account(session, account_id).saved_at is None
    found = []
    for role in ROLES:
        fitting = fitting_fields(role, fields)
        preset = fitting[0].id if is_draft and fitting and _is_clear(role, fitting) else ""
        found.append(Choice(role, tuple(fitting), stored.get(role.key, preset)))
    return found


def fitting_fields(role: Role, fields: Sequence[Field]) -> list[Field]:
    """The fields that can play a role: those of the system, then by likely name, then by type."""
    fitting = [f for f in fields if f.schema_custom in role.types or f.id in role.system_ids]

    def order(field: Field) -> tuple[bool, bool, int, str]:
        by_type = role.types.index(field.schema_custom) if field.schema_custom in role.types else -1
        return (
            field.id not in role.system_ids,
            field.name.casefold() not in role.names,
            by_type,
            field.name.casefold(),
        )

    return sorted(fitting, key=order)


def _is_clear(role: Role, fitting: Sequence[Field]) -> bool:
    """Whether the first field is a safe preset: a type made for the role, or a name it goes by."""
    best = fitting[0]
    made_for_it = best.schema_custom.startswith((GREENHOPPER, PORTFOLIO)) or best.id in role.system_ids
    return made_for_it or best.name.casefold() in role.names


def mapped(work: Work, account_id: UUID) -> dict[str, str]:
    """The stored mapping: field id by role."""
    with work.read() as session:
        rows = session.scalars(select(FieldMapping).where(FieldMapping.account_id == account_id))
        return {row.role: row.field_id for row in rows}


def save(work: Work, account_id: UUID, fields: Sequence[Field], wanted: Mapping[str, str]) -> None:
    """Store the mapping and, for a draft, finish the set-up.

    ``wanted`` maps role to field id ("" for none). Raises :class:`FieldErrors` for a field that cannot play
    its role, and :class:`Refused` while the account was never tested well.
    """
    by_id = {field.id: field for field in fields}
    errors = {}
    for role in ROLES:
        field_id = wanted.get(role.key, "")
        if field_id and by_id.get(field_id) not in fitting_fields(role, fields):
            errors[role.key] = "Choose one of the fields listed; Jira's fields may have changed meanwhile."
    if errors:
        raise FieldErrors(errors)
    with work.write() as session:
        account = get_account(session, account_id, hold=True)
        if account.tested_at is None:
            raise Refused("Test the connection first; an account is saved when its test has passed.")
        mapped = select(FieldMapping).where(FieldMapping.account_id == account_id)
        before = {one.role: one.field_id for one in session.scalars(mapped)}
        session.execute(delete(FieldMapping).where(FieldMapping.account_id == account_id))
        chosen = {role.key: wanted.get(role.key, "") for role in ROLES if wanted.get(role.key)}
        for key, field_id in chosen.items():
            name = by_id[field_id].name
            about = {"tenant_id": work.tenant, "account_id": account_id}
            session.add(FieldMapping(**about, role=key, field_id=field_id, field_name=name))
        differ = {role.key for role in ROLES if before.get(role.key) != chosen.get(role.key)}
        record(session, work, "fields.mapped", account_id=account_id, **told(differ, before, chosen, differ))
        if account.saved_at is None:
            account.saved_at = clock.now()
            record(session, work, "account.saved", account_id=account_id)
