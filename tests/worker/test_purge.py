"""Once a day what nobody reads any more goes, in every tenant, and nothing else."""

from datetime import timedelta
from uuid import uuid4

from sqlalchemy import select

from portal import clock, worker
from portal.store import due
from portal.store.purge import FLOWS_AFTER, MAILS_AFTER, SIGN_INS_AFTER, purge
from portal.store.tables import DueWork, Flow, FlowLookup, Mail, SignIn
from portal.store.work import NOBODY, Store, Work, now_of
from portal.worker import ONLY_ONE, PURGE, Tools, do_one
from tests.support import samples
from tests.support.databases import Database
from tests.support.world import TenantWorld, World

YOUNGER = timedelta(hours=-1)
OLDER = timedelta(hours=1)


def grow_old(tenant: TenantWorld, by: timedelta) -> tuple[object, object, object, object]:
    """A sign-in, a flow, its lookup and a mail that are so much older than what is kept; their keys."""
    flow_id, sign_in_id, mail_id = samples.flow(tenant), samples.sign_in(tenant), uuid4()
    now, token_hash = clock.now(), uuid4().bytes * 2
    with tenant.work().write() as session:
        session.get_one(Flow, (tenant.id, flow_id)).expires_at = now - FLOWS_AFTER - by
        session.get_one(SignIn, sign_in_id).last_seen_at = now - SIGN_INS_AFTER - by
        lookup = FlowLookup(tenant_id=tenant.id, flow_id=flow_id, token_hash=token_hash)
        lookup.expires_at = now - FLOWS_AFTER - by
        mail = Mail(id=mail_id, once=str(mail_id), recipient="mia@example.org", message_id="<1@x>")
        mail.created_at = now - MAILS_AFTER - by
        session.add_all([lookup, mail])
    return flow_id, sign_in_id, token_hash, mail_id


def left(tenant: TenantWorld, keys: tuple[object, object, object, object]) -> list[bool]:
    with tenant.work().read() as session:
        return [
            session.get(Flow, (tenant.id, keys[0])) is not None,
            session.get(SignIn, keys[1]) is not None,
            session.get(FlowLookup, keys[2]) is not None,
            session.get(Mail, keys[3]) is not None,
        ]


def test_what_is_old_goes_everywhere_and_tomorrow_again(
    store: Store, database: Database, world: World
) -> None:
    tenants = [world.tenant() for _ in range(2)]
    old = [(tenant, grow_old(tenant, OLDER)) for tenant in tenants]
    young = [(tenant, grow_old(tenant, YOUNGER)) for tenant in tenants]
    work = Work(store, None, NOBODY)
    with work.write() as session:
        for row in session.scalars(select(DueWork)):
            session.delete(row)
        session.flush()
        due.put_once(session, PURGE, ONLY_ONE, now_of(session))
    assert do_one(Tools(database.settings(), store, registry=None, mail_server=None))  # type: ignore[arg-type]
    assert [left(*one) for one in old] == [[False] * 4] * 2
    assert [left(*one) for one in young] == [[True] * 4] * 2
    with work.read() as session:
        [row] = session.scalars(select(DueWork))
        assert row.due_at - now_of(session) > worker.PURGE_EVERY - timedelta(minutes=5)
        assert (row.kind, row.lease) == (PURGE, None)


def test_a_mail_that_waits_is_kept_however_old(store: Store, tenant: TenantWorld) -> None:
    keys = grow_old(tenant, OLDER)
    with tenant.work().write() as session:
        session.get_one(Mail, keys[3]).content = b"sealed"
    purge(Work(store, None, NOBODY))
    assert left(tenant, keys)[3]
