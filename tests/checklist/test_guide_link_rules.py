"""Guide links: what they show to whom, when they end, and that they change nothing."""

from datetime import timedelta
from secrets import token_hex
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select, update

from portal.alm_accounts import accounts
from portal.checklist import guide_links, guide_looks
from portal.errors import FieldErrors, NotHere, Refused
from portal.kinds import KINDS
from portal.secret import Secret
from portal.store.tables import AuditEvent, Tenant
from portal.store.work import NOBODY, OPERATOR, Work
from tests.checklist.guides import GuideDesk, draft_desk
from tests.support import routes
from tests.support.accounts import delete_account, registry_of
from tests.support.tokens import token_office
from tests.support.variants import variants


@pytest.fixture
def desk(portal, sandbox, tenant) -> GuideDesk:
    """An account by application link that Jira knows nothing of."""
    return draft_desk(portal, sandbox, tenant)


def link_in_jira(desk: GuideDesk) -> None:
    """What the Jira admin does."""
    key = accounts.account(desk.work, desk.account_id).key
    desk.sandbox.make_link(key.consumer_key, key.public_pem)


def body(answer) -> str:
    """A page without the id of its request."""
    return answer.text.replace(answer.headers["X-Request-Id"], "")


def test_whatever_became_of_a_link_the_page_is_the_same(desk, portal):
    client, dead = portal.client(), []
    for change in ({"ended_at": timedelta(0)}, {"expires_at": timedelta(seconds=-1)}):
        path = desk.make()
        assert client.get(path).status_code == 200
        desk.edit(**change)
        dead.append(path)
        desk.edit(ended_at=timedelta(0))
    mine, other = desk.tenant.id.hex, desk.tenant.other.id.hex
    token = desk.make().rpartition(".")[2]
    dead += [
        f"/guide/{text}" for text in (f"{other}.{token}", f"{mine}.{token_hex(20)}", token, "x", f"{mine}.")
    ]
    answers = [client.get(path) for path in dead]
    assert {answer.status_code for answer in answers} == {404}
    assert len({body(answer) for answer in answers}) == 1
    assert desk.tenant.name not in answers[0].text


@pytest.mark.parametrize("is_deleted", [False, True], ids=["tenant suspended", "account deleted"])
def test_with_tenant_or_account_the_link_is_gone(desk, portal, is_deleted):
    path, client = desk.make(), portal.client()
    assert client.get(path).status_code == 200
    with Work(desk.tenant.store, None, OPERATOR).write() as session:
        suspend = update(Tenant).where(Tenant.id == desk.tenant.id)
        session.execute(suspend.values(suspended_at=None if is_deleted else desk.links()[0].made_at))
    if is_deleted:
        delete_account(desk.work, desk.account_id)
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(("given", "days"), [("1", 1), ("7", 7), ("30", 30)])
def test_it_works_for_as_long_as_was_chosen(desk, given, days):
    guide_links.make(desk.work, desk.account_id, given)
    [link] = desk.links()
    assert link.expires_at - link.made_at == timedelta(days=days)


@pytest.mark.parametrize("given", variants(["", "0", "8", "-7", "seven", "7.0"]))
def test_another_number_of_days_is_refused_by_name(desk, given, sign_in):
    with pytest.raises(FieldErrors) as caught:
        guide_links.make(desk.work, desk.account_id, given)
    assert set(caught.value.errors) == {"days"} and not desk.links()


def test_the_page_names_the_field(desk, sign_in):
    admin = sign_in(desk.tenant.admin)
    admin.get(desk.pages)
    admin.post(desk.pages, days="365")
    assert admin.status == 422 and admin.page.errors() == ["Choose one of 1 day, 7 days, 30 days."]


def test_there_are_not_any_number_of_them(desk):
    for _ in range(guide_links.MOST):
        desk.make()
    with pytest.raises(Refused, match="End one of them first"):
        desk.make()
    guide_links.end(desk.work, desk.account_id, desk.links()[0].id)
    desk.make()


def test_ending_one_ends_no_other(desk, tenant):
    first, second = desk.make(), desk.make()
    newest = desk.links()[0]
    guide_links.end(desk.work, desk.account_id, newest.id)
    assert [link.state for link in desk.links()] == ["ended", "active"]
    with pytest.raises(NotHere):
        guide_links.end(desk.work, desk.account_id, newest.id)
    statuses = [desk.portal.client().get(path).status_code for path in (first, second)]
    assert statuses == [200, 404]


def test_opening_it_writes_that_it_was_open_and_nothing_else(desk, portal, database):
    path, client = desk.make(), portal.client()
    client.get("/sign-in")
    before = routes.rows(database, desk.tenant)
    client.get(path)
    opened = routes.rows(database, desk.tenant)
    changed = {name for name in opened if opened[name] != before[name]}
    assert changed == {"guide_links", "due_work"}
    client.get(path)
    assert routes.rows(database, desk.tenant) == opened, "it is written down every few seconds only"


def test_nothing_secret_and_no_way_on_stands_there(desk, portal):
    page = portal.client().get(desk.make())
    assert "PRIVATE KEY" not in page.text and str(desk.account_id) in page.text  # in the callback URL
    for leak in ("/t/", desk.tenant.admin.email, "csrf_token", "<form", "Set-Cookie"):
        assert leak not in page.text, leak
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow" and 'content="noindex' in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_it_is_the_same_whoever_is_signed_in(desk, portal, sign_in):
    path = desk.make()
    as_nobody = body(portal.client().get(path))
    stranger = sign_in(desk.tenant.stranger)
    stranger.get(path)
    assert body(stranger.response) == as_nobody


def test_while_nobody_has_it_open_nobody_looks(desk, portal, sandbox):
    path = desk.make()
    portal.client().get(path)
    desk.edit(seen_at=-guide_looks.OPEN_FOR)
    sandbox.clear_requests()
    desk.look()
    assert not desk.due() and not sandbox.requests() and not desk.runs()


def test_an_ended_link_stops_the_looking(desk, portal, sandbox):
    portal.client().get(desk.make())
    guide_links.end(desk.work, desk.account_id, desk.links()[0].id)
    desk.look()
    assert not desk.due() and not desk.runs()


def test_looking_goes_on_until_it_works_and_leaves_no_trace_of_what_is_as_it_was(desk, portal):
    portal.client().get(desk.make())
    for _ in range(3):
        desk.look()
    assert len(desk.runs()) == 1, "the first one, which found something"
    [row] = desk.due()
    assert row.lease is None and row.tenant_id == desk.tenant.id
    with desk.work.read() as session:
        lines = session.scalars(select(AuditEvent).where(AuditEvent.event == "checklist.ran")).all()
    assert [line.details["why"] for line in lines] == ["guide"]
    link_in_jira(desk)
    desk.look()
    assert len(desk.runs()) == 2 and not desk.due()
    assert {desk.rows[name].state for name in ("jira", "client", "signature")} == {"proved"}
    assert desk.rows["identity"].state == "never", "only what concerns the reader is looked at"


def test_what_passed_long_ago_is_looked_at_again(desk, portal):
    link_in_jira(desk)
    desk.run()
    path = desk.make()
    assert "Done: the link works" in portal.client().get(path).text and not desk.due()
    rows = guide_looks.rows_for_reader(desk.work, accounts.account(desk.work, desk.account_id))
    oldest = min(row.looked_at for row in rows)
    assert guide_looks.is_done(rows, oldest + guide_looks.FRESH_FOR)
    assert not guide_looks.is_done(rows, oldest + guide_looks.FRESH_FOR + timedelta(seconds=1))
    assert not guide_looks.is_done((), oldest)


def test_while_somebody_goes_through_the_checklist_the_worker_waits_its_turn(desk, portal):
    from_page = desk.begin_elsewhere()
    portal.client().get(desk.make())
    desk.look()
    assert [run.id for run in desk.runs()] == [from_page] and len(desk.due()) == 1


@pytest.mark.parametrize("kind", variants(["server_oauth2", "cloud_oauth"]))
def test_with_a_client_secret_it_says_whom_to_give_it(portal, sandbox, tenant, kind):
    desk = draft_desk(portal, sandbox, tenant, kind)
    page = portal.client().get(desk.make()).text
    assert "give both to Ada Admin, who enters them in this portal" in page
    assert "never by mail or chat" in page and "In Almoner" not in page


@pytest.mark.parametrize("kind", variants(["server_token", "cloud_token"]))
def test_where_nothing_is_set_up_in_jira_there_is_no_guide(portal, sandbox, tenant, kind, sign_in):
    desk = draft_desk(portal, sandbox, tenant, kind)
    with pytest.raises(Refused, match="there is no guide"):
        desk.make()
    admin = sign_in(tenant.admin)
    admin.get(desk.pages)
    assert "There is no guide to send" in admin.page.text and not admin.page.has("Make a guide link")
    assert "makes a token in Jira" in admin.page.text and not admin.page.soup.select("#connect-page")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_for_an_account_by_tokens_there_is_a_page_to_send_to_members(portal, sandbox, tenant, sign_in):
    office = token_office(portal, sandbox, tenant)
    admin, member = sign_in(tenant.admin), sign_in(tenant.member)
    admin.get(tenant.path(f"alm-accounts/{office.account_id}/checklist"))
    admin.click("Guide for a Jira admin")
    assert "There is no guide to send" in admin.page.text
    member.get(urlsplit(admin.page.value("#connect-page")).path)
    assert member.status == 200 and "Jira Server token" in member.page.text


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if kind.consent])
def test_no_step_speaks_of_fields_the_reader_does_not_see(portal, sandbox, tenant, kind):
    desk = draft_desk(portal, sandbox, tenant, kind)
    assert "“In Almoner”" not in portal.client().get(desk.make()).text


def test_the_worker_bears_an_account_that_went_meanwhile(desk, portal):
    portal.client().get(desk.make())
    work = Work(desk.tenant.store, desk.tenant.id, NOBODY)
    guide_looks.look(work, registry_of(portal), desk.tenant.admin.user_id)  # no such account
    assert len(desk.due()) == 1


def test_a_token_is_kept_as_its_hash_only(desk, database):
    token = desk.make().rpartition(".")[2]
    assert not any(token in str(row) for row in routes.rows(database, desk.tenant)["guide_links"])
    with pytest.raises(NotHere):
        guide_links.show(desk.work, Secret(f"{desk.tenant.id.hex}.{token[:-1]}"))
