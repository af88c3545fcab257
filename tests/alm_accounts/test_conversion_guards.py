"""Rules of a change that show only in rows: what a cancelled one leaves, and when the last one came over."""

from portal import clock
from portal.alm_accounts import conversion
from portal.credentials.token_drafts import Typed, keep_draft
from portal.kinds.methods import SCOPED_TOKEN
from portal.secret import Secret
from portal.store.tables import TokenDraft
from tests.support import canaries
from tests.support.conversions import PAIRS, changing

BY_NAME = {pair.name: pair for pair in PAIRS}


def test_a_cancelled_change_erases_the_accounts_draft_and_nobody_elses(portal, sandbox, tenant):
    change = changing(portal, sandbox, tenant, BY_NAME["own-app"])
    conversion.begin(change.work, change.account_id, "cloud_oauth", "acme")
    for holder in (None, tenant.member.user_id):
        typed = Typed(SCOPED_TOKEN, "admin@example.com", Secret(canaries.new("draft")), None)
        keep_draft(change.work, change.account_id, holder, typed)
    assert len(change.rows(TokenDraft)) == 2
    conversion.cancel(change.work, change.account_id)
    assert [row.holder_id for row in change.rows(TokenDraft)] == [tenant.member.user_id]


def test_when_the_last_one_comes_over_the_former_way_is_looked_at_at_once(portal, sandbox, tenant, sign_in):
    change = changing(portal, sandbox, tenant, BY_NAME["oauth1-to-oauth2"])
    change.connect_old(tenant.member, "ada")
    change.switch(sign_in(tenant.admin))
    assert [row.due_at > clock.now() for row in change.due()] == [True]
    change.reconnect(sign_in(tenant.member), "ada")
    assert [row.due_at <= clock.now() for row in change.due()] == [True]
    change.end_due()
    assert change.conversion == []
