"""Boards by an API token: a scope it lacks switches off what needs it and no more, and its holder makes
another; who is not meant, or whose token ended, is led to the token (rows B4, C5)."""

from urllib.parse import unquote

import pytest

from portal.boards import boards
from portal.credentials.token_drafts import Typed
from portal.kinds.methods import API_TOKEN
from portal.secret import Secret
from tests.boards.conftest import SHOP
from tests.boards.test_cloud_features import off, parts
from tests.support import canaries
from tests.support.api_tokens import EVERY_SCOPE, api_token_office, in_days
from tests.support.cloud import cloud_office

ISSUES = "read:issue-details:jira"
# The platform takes this one in the place of all its granular ones.
CLASSIC = "read:jira-work"


@pytest.fixture
def office(portal, sandbox, tenant):
    return api_token_office(portal, sandbox, tenant)


@pytest.fixture
def board(office, tenant):
    return tenant.path(
        f"boards/{boards.add_board(office.work, office.registry, office.account_id, SHOP, 'Shop')}"
    )


def hold(office, someone, *lacking):
    """Give somebody (None: the account itself) a token without these scopes."""
    email, token = office.made("admin", tuple(id for id in EVERY_SCOPE if id not in lacking))
    typed = Typed(API_TOKEN, email, Secret(token), office.typed("admin").ends_at)
    assert office.try_typed(someone, typed).credential_id


def test_the_rest_of_the_board_stays_and_the_holder_makes_another_token(office, board, sign_in, tenant):
    hold(office, tenant.member, ISSUES, CLASSIC)
    member = sign_in(tenant.member)
    page = member.get(board)
    assert member.status == 200 and set(off(page)) == {"Issues of sprints", "Backlog"}
    assert parts(page) == {"Sprints", "Epics"} and ISSUES in off(page)["Backlog"]
    assert "at least one of" in page.text and "Make a new one with these scopes" in page.text
    assert "Who can mend it: you." in page.text
    for wrong in ("consent", "An admin", "Connect again", "developer console"):
        assert wrong not in page.text, wrong
    member.click("paste it in the place of yours")
    email, token = office.made("ada")
    member.submit("Test connection", login=email, secret=token, ends_on=in_days().isoformat())
    assert member.path == board and not off(member.page)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_another_token_leads_back_to_what_was_typed(office, board, sign_in, tenant, database):
    hold(office, tenant.member)
    member = sign_in(tenant.member)
    member.get(f"{board}/sprints/new")
    hold(office, tenant.member, "write:sprint:jira-software")
    page = member.submit("Make sprint", name="Mine")
    assert member.status == 409 and "What you typed is kept" in page.text
    assert f"back={board}/sprints/new?typed=" in unquote(page.link("paste it in the place of yours"))


def test_an_admin_pastes_another_token_for_the_account_itself(office, sign_in, tenant):
    """A board is looked up in the list where the token does not serve for its own call."""
    hold(office, None, ISSUES)
    admin = sign_in(tenant.admin)
    admin.get(office.path("identity"))
    admin.submit("Yes, use this identity and test it")
    new = tenant.path("boards/new")
    admin.get(new)
    admin.click("Choose Platform kanban")
    assert admin.submit("Add board", name="Our platform").h1 == "Our platform"
    hold(office, None, "read:board-scope:jira-software")
    admin.get(office.path("identity"))
    admin.submit("Yes, use this identity and test it")
    page = admin.get(new)
    assert set(off(page)) == {"Boards"} and "Who can mend it: you." in page.text
    assert "consent" not in page.text and "Reauthorise" not in page.text
    assert page.link(f"paste it in the place of the one of {office.account.name}").endswith(
        f"{office.path('set-up')}#account-token"
    )


def test_by_a_token_beside_consents_the_way_out_and_back_is_the_token(portal, sandbox, tenant, sign_in):
    """Who pasted one is told of the token; both ways are offered, that of the person first."""
    consenting = cloud_office(portal, sandbox, tenant)
    added = boards.add_board(consenting.work, consenting.registry, consenting.account_id, SHOP, "Shop")
    board, member = tenant.path(f"boards/{added}"), sign_in(tenant.member)
    name = consenting.account.name
    assert in_order(member.get(board), f"Connect to {name}", "Paste an API token")
    member.click("Paste an API token")
    token = canaries.add(sandbox.make_api_token("ada@example.com", scopes=EVERY_SCOPE))
    typed = {"login": "ada@example.com", "secret": token, "ends_on": in_days().isoformat()}
    assert member.submit("Test connection", **typed).h1 == "Shop"
    assert "What you pasted belongs to Ada" in member.page.text and member.page.has("Paste your own")
    assert "Sign out" not in member.page.text
    sandbox.end_api_token(token)
    assert in_order(member.get(board), "Paste a new token", "Connect without a token")
    member.get(tenant.path(f"profile/alm-credentials/{consenting.account_id}"))
    assert in_order(member.page, "Paste a new token", "Get OAuth token")
    member.submit("Test connection")
    assert member.page.has("Paste a new token") and not member.page.has("Connect again")


def in_order(page, *names):
    """Whether the page's main part offers these ways, one after the other."""
    found = [one.get_text(" ", strip=True) for one in page.soup.select("main a.btn, main button")]
    return [one for one in found if one in names] == list(names)
