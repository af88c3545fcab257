"""What bad input gets on the set-up page of Jira Data Center OAuth 2.0: its own sentence, no secret back."""

from uuid import uuid4

import pytest

from portal.alm_accounts import accounts
from tests.alm_accounts.conftest import errors
from tests.support import canaries
from tests.support.sandbox import JiraBrowser
from tests.support.server_oauth2 import incoming_link, new_link_desk, server_oauth2_office

pytestmark = pytest.mark.on_both(
    "test_a_good_secret_beside_a_wrong_base_url_stays_sealed",
    "test_a_secret_of_another_link",
    "test_one_link_for_two_accounts",
    "test_in_use_a_new_secret_beside_a_wrong_address_is_not_kept",
    "test_from_this_form_to_the_kind_for_jira_cloud",
)


@pytest.fixture
def desk(portal, sandbox, tenant, admin):
    return new_link_desk(portal, sandbox, tenant, admin)


def secret_like():
    return canaries.add(uuid4().hex + uuid4().hex)


def test_nothing_typed(desk, admin):
    desk.fill(admin, base_url="", client_id="", client_secret="")
    said = errors(admin)
    assert "Paste the client ID: Jira → Application links" in said
    assert "Paste the client secret: Jira" in said and "Enter the address of your Jira" in said


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [("", "Enter"), ("not an address", "blank"), ("https://acme.atlassian.net", "Jira Cloud site")],
    ids=["nothing", "blanks", "a Jira Cloud site"],
)
def test_a_good_secret_beside_a_wrong_base_url_stays_sealed(desk, admin, typed, sentence):
    desk.fill(admin, base_url=typed)
    assert sentence in errors(admin)
    assert desk.app.client_secret not in admin.response.text
    account = desk.account
    assert (account.base_url, account.app.client_id, account.app.has_secret) == (
        None,
        desk.app.client_id,
        True,
    )
    admin.submit("Get auth token", base_url=desk.sandbox.url)
    desk.finish(admin)


def test_client_id_and_secret_swapped(desk, admin):
    desk.fill(admin, client_id=desk.app.client_secret, client_secret=desk.app.client_id)
    said = errors(admin)
    assert "looks like the client secret" in said and "the two are swapped" in said
    assert desk.app.client_secret not in admin.response.text
    assert (desk.account.app.client_id, desk.account.app.has_secret) == (None, False)


def test_the_secret_in_both_fields_comes_back_in_none(desk, admin):
    desk.fill(admin, client_id=desk.app.client_secret)
    assert "looks like the client secret" in errors(admin)
    assert desk.app.client_secret not in admin.response.text
    assert desk.account.app.client_id is None


SECRETS = {
    "the client ID once more": ("{client_id}", "the client ID once more"),
    "a blank": ("{secret} x", "blank"),
    "a line break": ("{secret}\nx", "line break"),
    "too short": ("abc", "too short"),
    "overlong": ("x" * 600, "odd characters"),
    "control character": ("{secret}\0", "odd characters"),
}


@pytest.mark.parametrize("name", SECRETS)
def test_no_client_secret(desk, admin, name):
    typed, sentence = SECRETS[name]
    typed = typed.format(client_id=desk.app.client_id, secret=secret_like())
    desk.fill(admin, client_secret=typed)
    assert sentence in errors(admin)
    assert not desk.account.app.has_secret
    assert desk.account.base_url == desk.sandbox.url, "what was right beside it is held"


@pytest.mark.parametrize("typed", ["short", "x" * 200, "with blanks in it", "nul\0nul1234"])
def test_no_client_id(desk, admin, typed):
    desk.fill(admin, client_id=typed)
    assert "letters and digits" in errors(admin)
    assert desk.account.app.client_id is None


@pytest.mark.parametrize("typed", ["", "ADMIN", "read:jira-work"])
def test_a_permission_that_is_none(desk, admin, typed):
    admin.get(desk.path("set-up"))
    admin.post(desk.path("set-up"), base_url=desk.sandbox.url, name="Jira", permission=typed)
    assert "Choose the permission" in errors(admin)
    assert desk.account.app.scopes == ("WRITE",)


def test_a_secret_of_another_link(desk, admin):
    desk.fill(admin, client_secret=secret_like())
    admin.get(JiraBrowser(desk.sandbox, "admin").allow(_link(admin)))
    text = admin.page.text
    assert "Jira does not accept the client secret" in text and "View credentials" in text
    assert "Atlassian" not in text and not admin.page.soup.find("button", string="Start again")
    desk.fill(admin)
    desk.finish(admin)


def _link(person):
    [link] = {str(one["href"]) for one in person.page.soup.select("main a[href*='/authorize?']")}
    return link


def test_a_client_id_that_jira_does_not_know_never_leads_back(desk, admin):
    """Jira says so on a page of its own; ours says what that page means."""
    desk.fill(admin, client_id=uuid4().hex)
    page = JiraBrowser(desk.sandbox, "admin").open(_link(admin))
    assert page.status_code == 400
    admin.get(desk.path("set-up"))
    assert "the client ID on the set-up page is not that of the incoming link" in admin.page.text


def test_one_link_for_two_accounts(portal, sandbox, tenant, desk, admin):
    desk.fill(admin, "Save")
    other = new_link_desk(portal, sandbox, tenant, admin)
    other.fill(admin, client_id=desk.app.client_id, client_secret=desk.app.client_secret)
    assert "Another ALM account uses this incoming link already" in errors(admin)
    assert other.account.app.client_id is None


def test_in_use_a_new_secret_beside_a_wrong_address_is_not_kept(portal, sandbox, tenant, admin):
    """It is meant for another Jira than the one the account is at (T11)."""
    office = server_oauth2_office(portal, sandbox, tenant)
    link = incoming_link(sandbox, portal.base_url + office.account.callback_path)
    office.fill(
        admin,
        "Save",
        base_url="http://nowhere .example",
        client_id=link.client_id,
        client_secret=link.client_secret,
    )
    assert "it was not kept" in errors(admin)
    account = office.account
    assert (account.app.client_id, account.own.state) == (office.app.client_id, "connected")


def test_from_this_form_to_the_kind_for_jira_cloud(desk, admin, tenant):
    desk.fill(admin, base_url=desk.sandbox.sites["acme"])
    assert "Jira Cloud" in errors(admin)
    admin.submit("Add an account of the kind Jira Cloud OAuth")
    kinds = {one.kind.name for one in accounts.accounts(tenant.work(tenant.admin))}
    assert kinds == {"cloud_oauth", "server_oauth2"}
