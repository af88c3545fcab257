"""Once a day what nobody reads any more goes, in every tenant, and nothing else."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from portal import clock
from portal.config import Settings
from portal.handlers import ONLY_ONE, PURGE, PURGE_EVERY, Tools
from portal.kinds.methods import PAT
from portal.store import due
from portal.store import purge as purging
from portal.store.purge import (
    DRAFTS_AFTER,
    FLOWS_AFTER,
    GUIDE_LINKS_AFTER,
    MAILS_AFTER,
    NEW_EMAILS_AFTER,
    SUPPORT_AFTER,
    Kept,
    purge,
)
from portal.store.tables import (
    Delivery,
    DeliveryRequest,
    DueWork,
    Flow,
    FlowLookup,
    GuideLink,
    Mail,
    SignIn,
    SupportRequest,
    SupportVisit,
    TokenDraft,
    Tries,
    User,
)
from portal.store.work import NOBODY, Store, Work, now_of
from portal.worker import do_one
from tests.support import samples
from tests.support.databases import Database
from tests.support.delivery_rows import deliveries, delivering_account
from tests.support.world import TenantWorld, World

pytestmark = pytest.mark.own_database

KEPT = Kept.by(Settings())
YOUNGER = timedelta(hours=-1)
OLDER = timedelta(hours=1)


def grow_old(tenant: TenantWorld, by: timedelta) -> tuple[object, ...]:
    """A sign-in, a flow, its lookup, a mail, a token that was typed and a guide link, so much older than what
    is kept; their keys."""
    flow_id, sign_in_id, mail_id = samples.flow(tenant), samples.sign_in(tenant), uuid4()
    account_id, holder_id = samples.account(tenant), tenant.member.user_id
    link_id = samples.guide_link(tenant)
    now, token_hash = clock.now(), uuid4().bytes * 2
    with tenant.work().write() as session:
        session.get_one(Flow, (tenant.id, flow_id)).expires_at = now - FLOWS_AFTER - by
        session.get_one(SignIn, sign_in_id).last_seen_at = now - KEPT.sign_ins - by
        lookup = FlowLookup(tenant_id=tenant.id, flow_id=flow_id, token_hash=token_hash)
        lookup.expires_at = now - FLOWS_AFTER - by
        mail = Mail(id=mail_id, once=str(mail_id), recipient="mia@example.org", message_id="<1@x>")
        mail.created_at = now - MAILS_AFTER - by
        draft = TokenDraft(account_id=account_id, holder_id=holder_id, method=PAT, login="")
        draft.kept_at = now - DRAFTS_AFTER - by
        session.get_one(GuideLink, (tenant.id, link_id)).expires_at = now - GUIDE_LINKS_AFTER - by
        session.add_all([lookup, mail, draft])
    held = (tenant.id, account_id, holder_id)
    return flow_id, sign_in_id, token_hash, mail_id, held, (tenant.id, link_id)


def left(tenant: TenantWorld, keys: tuple[object, ...]) -> list[bool]:
    with tenant.work().read() as session:
        return [
            session.get(Flow, (tenant.id, keys[0])) is not None,
            session.get(SignIn, keys[1]) is not None,
            session.get(FlowLookup, keys[2]) is not None,
            session.get(Mail, keys[3]) is not None,
            session.get(TokenDraft, keys[4]) is not None,
            session.get(GuideLink, keys[5]) is not None,
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
    assert [left(*one) for one in old] == [[False] * 6] * 2
    assert [left(*one) for one in young] == [[True] * 6] * 2
    with work.read() as session:
        [row] = session.scalars(select(DueWork))
        assert row.due_at - now_of(session) > PURGE_EVERY - timedelta(minutes=5)
        assert (row.kind, row.lease) == (PURGE, None)


def test_tries_go_when_they_have_worn_off(store: Store) -> None:
    old, young, now = uuid4().bytes * 2, uuid4().bytes * 2, clock.now()
    with Work(store, None, NOBODY).write() as session:
        session.add_all(Tries(about_hash=one, empty_at=at) for one, at in ((old, now), (young, now + OLDER)))
    purge(Work(store, None, NOBODY), KEPT)
    with Work(store, None, NOBODY).read() as session:
        assert [session.get(Tries, one) is not None for one in (old, young)] == [False, True]


def test_addresses_nobody_confirmed_and_what_support_did_long_ago_go(
    store: Store, tenant: TenantWorld
) -> None:
    now, asked, seen = clock.now(), [], []
    someone = tenant.member.user_id
    about: dict[str, Any] = {"user_id": someone, "tenant_id": tenant.id, "reason": "Ticket 1"}
    for by in (OLDER, YOUNGER):
        at = now - SUPPORT_AFTER - by
        asked.append(SupportRequest(id=uuid4(), **about, asked_at=at, granted=False, answered_at=at))
        seen.append(SupportVisit(id=uuid4(), **about, started_at=at - OLDER, ends_at=at))
    ids = [one.id for one in (*asked, *seen)]
    people = (tenant.member, OLDER), (tenant.second, YOUNGER)
    with Work(store, None, NOBODY).write() as session:
        session.add_all([*asked, *seen])
        for one, by in people:
            user = session.get_one(User, one.user_id)
            user.new_email, user.email_hash = "new@example.org", uuid4().bytes * 2
            user.email_expires_at = now - NEW_EMAILS_AFTER - by
    purge(Work(store, None, NOBODY), KEPT)
    with Work(store, None, NOBODY).read() as session:
        left_over = {*session.scalars(select(SupportRequest.id)), *session.scalars(select(SupportVisit.id))}
        assert [one in left_over for one in ids] == [False, True, False, True]
        gone, kept = (session.get_one(User, one.user_id) for one, _ in people)
        assert (gone.new_email, gone.email_hash, gone.email_expires_at) == (None, None, None)
        assert kept.new_email == "new@example.org"


def test_a_mail_that_waits_is_kept_however_old(store: Store, tenant: TenantWorld) -> None:
    keys = grow_old(tenant, OLDER)
    with tenant.work().write() as session:
        session.get_one(Mail, keys[3]).content = b"sealed"
    purge(Work(store, None, NOBODY), KEPT)
    assert left(tenant, keys)[3]


def test_deliveries_go_when_jira_answered_long_ago(
    store: Store, tenant: TenantWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many; what waits, or was replayed and answered lately, stays, and so does the last request."""
    monkeypatch.setattr(purging, "AT_ONCE", 2)
    now, account_id = clock.now(), delivering_account(tenant)
    old, young = (
        {"received_at": now - KEPT.deliveries - OLDER},
        {"received_at": now - KEPT.deliveries + OLDER},
    )
    kept = [{**old, "state": "waiting"}, {**old, "finished_at": now}, young]
    made = deliveries(tenant, [old, {**old, "state": "rejected"}, old, *kept], account_id)
    moments = [old["received_at"]] * 3 + [young["received_at"]]
    requests = [_request(account_id, made, moment) for moment in moments]
    with tenant.work().write() as session:
        session.add_all(requests)
    purge(Work(store, None, NOBODY), KEPT)
    with tenant.work().read() as session:
        assert set(session.scalars(select(Delivery.id))) == set(made[3:])
        assert list(session.scalars(select(DeliveryRequest.id))) == [requests[3].id]


def _request(account_id: UUID, made: list[UUID], received_at: datetime) -> DeliveryRequest:
    named = {"key_id": uuid4(), "idempotency_key": str(uuid4()), "body_hash": bytes(32)}
    told = [{"id": str(one), "sequence_number": 1} for one in made]
    return DeliveryRequest(
        id=uuid4(), account_id=account_id, deliveries=told, received_at=received_at, **named
    )
