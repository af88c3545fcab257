"""A Jira admin without an account here opens a guide link and does what it says; the page turns green."""

from urllib.parse import urlsplit

import pytest
from sqlalchemy import select, update

from portal.alm_accounts import accounts, conversion
from portal.checklist import guide_links
from portal.secret import Secret
from portal.store.tables import AlmAccount, AuditEvent
from tests.checklist.guides import GuideDesk, draft_desk
from tests.support.accounts import connected_account
from tests.support.cloud import cloud_draft
from tests.support.person import Person
from tests.support.server_oauth2 import server_oauth2_draft
from tests.support.variants import variants

pytestmark = pytest.mark.on_both(
    "test_a_stranger_does_what_it_says_and_it_turns_green",
    "test_the_admin_sees_when_it_was_open_and_ends_it",
    "test_both_are_in_the_record_without_the_token",
)


@pytest.fixture
def desk(portal, sandbox, tenant) -> GuideDesk:
    """An account by application link that Jira knows nothing of."""
    return draft_desk(portal, sandbox, tenant)


def token_of(path: str) -> Secret:
    """What a link's address ends with."""
    return Secret(path.rpartition("/")[2])


def test_a_stranger_does_what_it_says_and_it_turns_green(desk, portal, sandbox, sign_in):
    admin = sign_in(desk.tenant.admin)
    admin.get(desk.tenant.path(f"alm-accounts/{desk.account_id}/set-up"))
    admin.click("Send them a guide link")
    admin.submit("Make a guide link")
    link = urlsplit(admin.page.value("#guide-link")).path

    jira_admin = Person(portal)
    page = jira_admin.get(link)
    assert "Ada Admin" in page.text and desk.tenant.name in page.h1
    assert "Not done yet" in page.text and page.soup.select("[data-poll]")
    assert not page.soup.select("form, nav, input[name]")
    desk.look()
    page = jira_admin.get(link)
    assert "Jira does not know the consumer key" in page.text, page.text
    assert "make it first, by the steps on this page" in page.text and "set-up page" not in page.text

    sandbox.make_link(page.value("#consumer-key"), page.value("#public-key"), page.value("#consumer-name"))
    desk.look()
    page = jira_admin.get(link)
    assert "Done: the link works" in page.text, page.text
    assert not page.soup.select("[data-poll]") and not desk.due()


def test_the_admin_sees_when_it_was_open_and_ends_it(desk, portal, sign_in):
    admin, reader = sign_in(desk.tenant.admin), Person(portal)
    path = desk.make()
    admin.get(desk.pages)
    assert "by Ada Admin" in admin.page.text and "Never" in admin.page.text
    assert path.rpartition(".")[2] not in admin.page.html, "it is shown once"
    reader.get(path)
    admin.get(desk.pages)
    assert "under a minute ago" in admin.page.text and "Never" not in admin.page.text
    admin.submit("End the guide link")
    assert "works no longer" in admin.page.text and "Ended" in admin.page.text
    reader.get(path)
    assert reader.status == 404 and "This link does not work" in reader.page.h1


def test_both_are_in_the_record_without_the_token(desk, sign_in):
    admin = sign_in(desk.tenant.admin)
    admin.get(desk.pages)
    admin.submit("Make a guide link", days="1")
    token = admin.page.value("#guide-link").rpartition("/")[2]
    admin.get(desk.pages)
    admin.submit("End the guide link")
    with desk.work.read() as session:
        told = select(AuditEvent).where(AuditEvent.event.like("guide_link.%"))
        lines = session.scalars(told.order_by(AuditEvent.seq)).all()
    assert [line.event for line in lines] == ["guide_link.made", "guide_link.ended"]
    assert all(line.actor_id == desk.tenant.admin.user_id for line in lines)
    admin.get(desk.tenant.path("activity/"))
    assert "Guide link made" in admin.page.text and token.partition(".")[2] not in admin.page.html
    assert token.partition(".")[2] not in desk.portal.log_text()


def test_a_callback_that_jira_refuses_is_not_done(desk, portal, sandbox):
    """Application links: Jira takes key and signature, and leads people elsewhere."""
    key = accounts.account(desk.work, desk.account_id).key
    sandbox.make_link(key.consumer_key, key.public_pem)
    sandbox.state(callback_mismatch=True)
    path = desk.make()
    portal.client().get(path)
    desk.look()
    states = {row.name: row.state for row in guide_links.show(desk.work, token_of(path)).rows}
    assert (states["signature"], states["callback"]) == ("proved", "failed")
    page = portal.client().get(path).text
    assert "Not done yet" in page and "Done: the link works" not in page
    sandbox.state(callback_mismatch=False)
    desk.look()
    assert "Done: the link works" in portal.client().get(path).text


def test_what_a_row_waits_for_stands_there_too(desk, portal):
    """Nothing listens at the address: what the reader is shown waits for rows that are not about them."""
    with desk.work.write() as session:
        mine = update(AlmAccount).where(AlmAccount.id == desk.account_id)
        session.execute(mine.values(base_url="http://127.0.0.1:9"))
    path = desk.make()
    portal.client().get(path)
    desk.look()
    rows = guide_links.show(desk.work, token_of(path)).rows
    waited_for = {row.waits_for_row for row in rows if row.state == "waiting"}
    assert waited_for and waited_for <= {row.name for row in rows}, waited_for
    assert "The port answers" in portal.client().get(path).text


def test_while_an_account_changes_its_way_only_what_holds_for_both_is_shown(portal, sandbox, tenant):
    desk = GuideDesk(portal, sandbox, tenant, connected_account(portal, sandbox, tenant))
    conversion.begin(desk.work, desk.account_id, "server_oauth2", tenant.slug)
    path = desk.make()
    portal.client().get(path)
    desk.look()
    guide = guide_links.show(desk.work, token_of(path))
    assert {row.name: row.state for row in guide.rows} == {"jira": "proved", "base_url": "proved"}
    page = portal.client().get(path).text
    assert "Part of it cannot be seen here" in page and "Done: the link works" not in page
    assert not desk.due(), "there is nothing more to find out"
    assert desk.shown.new_way == "Jira Data Center OAuth 2.0"


WAYS = {"app at Atlassian": cloud_draft, "incoming link": server_oauth2_draft}


@pytest.mark.parametrize("way", variants(WAYS))
def test_by_oauth_2_it_says_what_the_admin_has_still_to_do(portal, sandbox, tenant, way):
    """Until somebody consents nothing tells whether what was entered is right: the page says so, then turns
    green."""
    office = WAYS[way](portal, sandbox, tenant)
    desk, reader = GuideDesk(portal, sandbox, tenant, office.account_id), Person(portal)
    path = desk.make()
    reader.get(path)
    desk.look()
    page = reader.get(path)
    assert "the rest is up to Ada Admin" in page.text and "Ada Admin signs in to" in page.text
    assert "enters the client ID" not in page.text, "that was done"
    assert page.text.count("Shows when Ada Admin has consented.") == 3
    office.authorise()
    desk.look()
    page = reader.get(path)
    assert "Done: the link works" in page.text and "has consented" not in page.text


@pytest.mark.parametrize("kind", variants(["cloud_oauth", "server_oauth2"]))
def test_by_oauth_2_the_first_thing_to_come_is_what_the_reader_hands_over(portal, sandbox, tenant, kind):
    desk = draft_desk(portal, sandbox, tenant, kind)
    page = Person(portal).get(desk.make())
    is_cloud = kind == "cloud_oauth"  # whose site has no address yet: that is told first
    assert ("Ada Admin enters the client ID and the client secret" in page.text) is not is_cloud
    assert ("has to enter it here" in page.text) is is_cloud
