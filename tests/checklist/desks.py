"""One healthy account of each way to connect, made when first asked for, for tests that turn switches."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import update

from portal.alm_accounts import drafts, field_maps, sites
from portal.checklist import runs
from portal.checklist.shown import RowView
from portal.credentials.acting_as import acting_as
from portal.credentials.registry import Registry
from portal.jira.wire import Wire
from portal.kinds import KINDS
from portal.kinds.methods import API_TOKEN, PASSWORD
from portal.sandbox.faults import Faults
from portal.store.tables import AlmAccount
from tests.checklist.keeping import SHOP, keep_boards
from tests.checklist.sending import sending
from tests.support.accounts import FIELDS, at_browser, connect, connected_account, registry_of
from tests.support.api_tokens import api_token_office
from tests.support.checklist import Sheet
from tests.support.cloud import CloudOffice, cloud_office
from tests.support.cloud_people import shared_app
from tests.support.portals import Portal
from tests.support.sandbox import CloudApp, SandboxProcess
from tests.support.server_oauth2 import server_oauth2_office
from tests.support.tokens import token_office
from tests.support.world import TenantWorld, World

HEALTHY = Faults().as_json()
POINTS = FIELDS["story_points"]
IMPATIENT = 1.5
"""Seconds a call may take where a test lets Jira hang."""

Made = tuple[UUID, Callable[..., Any]]


def _link(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> Made:
    account_id = connected_account(portal, sandbox, tenant)
    return account_id, lambda someone, user: connect(portal, sandbox, tenant, someone, account_id, user)


def _incoming(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> Made:
    office = server_oauth2_office(portal, sandbox, tenant)
    return office.account_id, office.connect


def _pat(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> Made:
    office = token_office(portal, sandbox, tenant)
    return office.account_id, office.connect


def _password(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> Made:
    office = token_office(portal, sandbox, tenant, PASSWORD)
    return office.account_id, office.connect


def _app(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> Made:
    office = cloud_office(portal, sandbox, tenant)
    return office.account_id, office.connect


def _scoped(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> Made:
    office = api_token_office(portal, sandbox, tenant)
    return office.account_id, office.connect


def _classic(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> Made:
    office = api_token_office(portal, sandbox, tenant, API_TOKEN)
    return office.account_id, lambda someone, user: office.connect(someone, user, API_TOKEN)


WAYS: dict[str, Callable[[Portal, SandboxProcess, TenantWorld], Made]] = {
    "link": _link,
    "incoming": _incoming,
    "pat": _pat,
    "password": _password,
    "app": _app,
    "scoped": _scoped,
    "classic": _classic,
}
"""OAuth 1.0a, Data Center OAuth 2.0, personal access token, password; an app of one's own, API tokens with
scopes and without. By the operator's app there is one more, ``shared``; and ``delivery`` only sends."""


@dataclass
class Desks:
    """The accounts of one module; each test gives back a Jira with all switches off."""

    portal: Portal
    sandbox: SandboxProcess
    world: World
    made: dict[str, Sheet] = field(default_factory=dict)
    operators_app: CloudApp | None = None

    def __post_init__(self) -> None:
        self.sandbox.reset()

    def of(self, way: str) -> Sheet:
        """A saved account, connected this way."""
        if way not in self.made:
            make = sending if way == "delivery" else partial(self._with_people, way)
            self.made[way] = make(self.portal, self.sandbox, self.world.tenant())
        return self.made[way]

    def _with_people(self, way: str, portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> Sheet:
        """With a board and a second person."""
        make = self._by_operators_app if way == "shared" else WAYS[way]
        account_id, connect_person = make(portal, sandbox, tenant)
        sheet = Sheet(portal, sandbox, tenant, account_id)
        connect_person(tenant.member, "ada")
        keep_boards(sheet, SHOP)
        map_fields(sheet)
        return sheet

    def _by_operators_app(self, portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> Made:
        """There is one such app, and a consent to it serves one tenant: it begins anew."""
        if self.operators_app is not None:
            sandbox.change_app(self.operators_app, delete=True)
        self.operators_app, registry = shared_app(portal, sandbox), registry_of(portal)
        work = at_browser(tenant, tenant.admin)
        account_id = drafts.create_draft(work, KINDS["cloud_oauth"], tenant.slug, registry.cloud.shared_app)
        sites.set_site(work, registry, account_id, sandbox.sites["acme"])
        office = CloudOffice(portal, sandbox, tenant, account_id, self.operators_app)
        office.authorise()
        office.save()
        return account_id, office.connect

    def drop(self, way: str) -> None:
        """What was done to it cannot be undone; the next test makes another."""
        self.made.pop(way, None)

    @contextmanager
    def switched(self, **switches: Any) -> Iterator[None]:
        """With these switches on."""
        self.sandbox.state(**switches)
        try:
            yield
        finally:
            self.sandbox.state(**HEALTHY)

    @contextmanager
    def at(self, way: str, address: str) -> Iterator[Sheet]:
        """The account of this way, called at another address of the same Jira; empty: its own.

        Afterwards it is put back where it was, whatever a test made of its addresses.

        ``address``: ``http`` or ``https`` at the front door, with or without a path. ``https+`` trusts the
        authority of the door.
        """
        sheet = self.of(way)
        kept = _columns(sheet)
        if address:
            _move(sheet, **self._columns_at(address))
        try:
            yield sheet
        finally:
            _move(sheet, **kept)

    def _columns_at(self, address: str) -> dict[str, str | None]:
        scheme, _, path = address.partition("/")
        door = self.sandbox.door if scheme == "http" else self.sandbox.secure_door
        ca_pem = self.sandbox.authority() if scheme == "https+" else None
        return {"base_url": f"{door}/{path}".rstrip("/"), "ca_pem": ca_pem}


def map_fields(sheet: Sheet) -> None:
    """Map what both a Jira of one's own and Jira Cloud have."""
    with acting_as(sheet.work, registry_of(sheet.portal), sheet.account_id, None) as acting:
        fields = acting.jira.fields()
    field_maps.save(sheet.work, sheet.account_id, fields, {"story_points": POINTS})


def _columns(sheet: Sheet) -> dict[str, str | None]:
    """What tests change of an account."""
    with sheet.work.read() as session:
        row = session.get_one(AlmAccount, (sheet.tenant.id, sheet.account_id))
        return {name: getattr(row, name) for name in ("base_url", "ca_pem", "portal_url")}


def _move(sheet: Sheet, **values: Any) -> None:
    """Behind the portal's back: by its pages another address would end every consent."""
    with sheet.work.write() as session:
        session.execute(update(AlmAccount).where(AlmAccount.id == sheet.account_id).values(**values))


def look(sheet: Sheet, *, impatient: bool = False, portal_url: str = "") -> dict[str, RowView]:
    """Go through the checklist as a person who asked for it; ``portal_url``: at another address."""
    registry = registry_of(sheet.portal)
    if portal_url:
        registry = Registry(registry.outbound, registry.cloud, portal_url)
    if impatient:
        registry = _impatient(registry)
    run_id = runs.begin(sheet.work, sheet.account_id, runs.PERSON)
    assert run_id is not None
    runs.perform(sheet.work, registry, run_id)
    return sheet.rows


def _impatient(registry: Registry) -> Registry:
    wire = registry.outbound.wire
    hasty = Wire(wire.policy, wire.plain_http_hosts, wire.user_agent, wire.proxy, IMPATIENT)
    return Registry(replace(registry.outbound, wire=hasty), registry.cloud, registry.portal_url)


def red(rows: Mapping[str, RowView]) -> dict[str, tuple[str, str]]:
    """The rows that call for somebody: state and code of each that failed or warns."""
    return {
        name: (row.state, row.trouble.code if row.trouble else "")
        for name, row in rows.items()
        if row.state in ("failed", "warning")
    }
