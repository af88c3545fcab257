"""A tenant that delivers: an account by OAuth credentials of the site acme, and a program with a key."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import requests
from sqlalchemy import select

from portal import clock
from portal.alm_accounts import apps, drafts, sites
from portal.credentials.delivery_ways import DELIVER, DELIVER_AGAIN
from portal.handlers import Tools
from portal.kinds import KINDS
from portal.secret import Secret
from portal.store import due
from portal.store.tables import (
    AlmAccount,
    AuditEvent,
    CloudSite,
    Credential,
    Delivery,
    DeliveryWay,
    DueWork,
    OauthApp,
)
from portal.store.vault import put_secret
from portal.store.work import NOBODY, Work, now_of
from portal.worker import do_one
from tests.support import canaries
from tests.support.account_office import AccountOffice
from tests.support.accounts import at_browser, registry_of
from tests.support.delivery_control import Credentials2LO
from tests.support.due_rows import put_off
from tests.support.portals import Portal
from tests.support.programs import program_key
from tests.support.sandbox import SandboxProcess
from tests.support.world import TenantWorld

PERMISSIONS = ("builds", "deployments", "feature-flags", "development")


def build(number: int = 1, state: str = "successful", key: str = "SHOP-1", **other: Any) -> dict[str, Any]:
    """A build in the short form."""
    short = {"pipeline": "web", "number": number, "state": state, "url": "https://ci.example.org/web/1"}
    return {**short, "issues": [key], **other}


@dataclass(frozen=True)
class DeliveryOffice(AccountOffice):
    """``key`` is the text of the program's key; ``at_site`` are the credentials of the practice site."""

    at_site: Credentials2LO
    key: str

    @property
    def tools(self) -> Tools:
        """What a worker has."""
        return Tools(self.portal.settings, self.portal.store, self.registry.apart(), None)

    def url(self, rest: str) -> str:
        """An address below ``/api/v1``."""
        return f"{self.portal.base_url}/api/v1/{rest}"

    def post(
        self, items: Any, data: str = "builds", key: str | None = None, **headers: str
    ) -> requests.Response:
        """A program sends ``items``, over a socket. Names of headers have ``_`` for ``-``."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent.setdefault("Authorization", f"Bearer {self.key if key is None else key}")
        url = self.url(f"alm-accounts/{self.account_id}/{data}")
        return requests.post(url, json=items, headers=sent, timeout=20)

    def accepted(self, items: Any, data: str = "builds") -> list[UUID]:
        """The same, which has to go well; the deliveries' ids."""
        answer = self.post(items, data)
        assert answer.status_code == 202, answer.text
        return [UUID(one["id"]) for one in answer.json()["deliveries"]]

    def get(self, delivery_id: UUID, key: str | None = None) -> requests.Response:
        """A program asks how a delivery stands."""
        headers = {"Authorization": f"Bearer {key or self.key}"}
        return requests.get(self.url(f"deliveries/{delivery_id}"), headers=headers, timeout=20)

    def deliveries(self) -> list[Delivery]:
        """The tenant's, in the order in which they came."""
        with self.work.read() as session:
            return list(session.scalars(select(Delivery).order_by(Delivery.position)))

    def delivery(self, delivery_id: UUID) -> Delivery:
        """One of them."""
        with self.work.read() as session:
            return session.get_one(Delivery, (self.tenant.id, delivery_id))

    @property
    def way(self) -> DeliveryWay:
        """The account's way to Jira as it stands."""
        with self.work.read() as session:
            return session.get_one(DeliveryWay, (self.tenant.id, self.account_id))

    def send(self, most: int = 50) -> int:
        """Take the tenant's turns as a worker does, until it has none now; how many there were."""
        for count in range(most):
            if not self.turn():
                return count
        raise AssertionError(f"more than {most} turns")

    def turn(self) -> bool:
        """One turn of the tenant's, or of its account that was in trouble, if one is due."""
        self.put_off_others()
        return do_one(self.tools, (DELIVER, DELIVER_AGAIN))

    def put_off_others(self) -> None:
        """What other tests left to deliver is none of this one's."""
        kinds = DueWork.kind.in_((DELIVER, DELIVER_AGAIN))
        put_off(self.portal.store, kinds, DueWork.tenant_id != self.tenant.id)

    def make_due(self) -> None:
        """Let the pause of an account in trouble or a kind left out be over, and every lease of a turn."""
        self._end_pauses()
        kinds = DueWork.kind.in_((DELIVER, DELIVER_AGAIN))
        with Work(self.portal.store, None, NOBODY).write() as session:
            for row in session.scalars(select(DueWork).where(kinds, DueWork.tenant_id == self.tenant.id)):
                due.put(session, row.kind, row.subject_id, now_of(session), row.tenant_id)

    def _end_pauses(self) -> None:
        with self.work.write() as session:
            for way in session.scalars(select(DeliveryWay)):
                now = now_of(session)
                way.retry_at, way.lease_until = way.retry_at and now, way.lease_until and now
                over = {"until": now.isoformat()}
                way.left_out = {kind: known | over for kind, known in way.left_out.items()}

    def audit(self, event: str) -> list[AuditEvent]:
        """The tenant's lines of this event."""
        return self.audit_lines(event)


def delivery_office(
    portal: Portal,
    sandbox: SandboxProcess,
    tenant: TenantWorld,
    permissions: Sequence[str] = PERMISSIONS,
) -> DeliveryOffice:
    """A saved account that delivers, made by the portal's own rules, and a key for it."""
    credentials = sandbox.make_credentials()
    work, registry = at_browser(tenant, tenant.admin), registry_of(portal)
    account_id = drafts.create_draft(work, KINDS["cloud_delivery"], tenant.slug)
    sites.set_site(work, registry, account_id, sandbox.sites["acme"])
    apps.set_client(work, account_id, credentials.client_id, credentials.client_secret)
    with work.write() as session:
        session.get_one(AlmAccount, (tenant.id, account_id)).saved_at = clock.now()
        (app,) = session.scalars(select(OauthApp).where(OauthApp.client_id == credentials.client_id))
        app.scopes = list(permissions)
        session.get_one(CloudSite, (tenant.id, account_id)).pinned_at = clock.now()
        session.add(_credential(session, tenant, account_id))
    key = program_key(tenant, [account_id]).text
    return DeliveryOffice(portal, sandbox, tenant, account_id, credentials, key)


def _credential(session: Any, tenant: TenantWorld, account_id: UUID) -> Credential:
    """That ID and secret were tried well; the token they gave has ended."""
    nobody = dict.fromkeys(("jira_key", "jira_name", "jira_display_name", "jira_email", "consumer_key"), "")
    row = Credential(
        id=uuid4(),
        tenant_id=tenant.id,
        account_id=account_id,
        method="two_legged",
        state="active",
        connected_by=tenant.admin.user_id,
        connected_at=clock.now(),
        expires_at=clock.now() - timedelta(minutes=1),
        **nobody,
    )
    put_secret(session, row, "access_token", Secret(canaries.new("ended-token")))
    return row
