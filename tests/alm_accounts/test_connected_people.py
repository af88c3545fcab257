"""Who of a tenant is connected to an account: every state from what the practice Jira gave, over HTTP."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from portal import clock
from portal.alm_accounts import accounts, connected
from portal.alm_accounts.connected import PEOPLE_A_PAGE, Wanted
from portal.alm_accounts.testing import run_test
from portal.credentials import token_drafts, tokens
from portal.kinds.methods import PASSWORD, PAT, SCOPED_TOKEN
from portal.sandbox.people import USERS
from portal.secret import Secret
from portal.store.tables import Credential, TokenDraft
from portal.store.vault import put_secret
from tests.alm_accounts.test_lists import hear, statements
from tests.support import canaries, samples
from tests.support.accounts import at_browser, connect, connected_account, registry_of
from tests.support.cloud import cloud_office
from tests.support.page import Page
from tests.support.server_oauth2 import server_oauth2_office
from tests.support.tokens import token_office
from tests.support.world import Someone

pytestmark = pytest.mark.on_both(
    "test_which_refusals_say_that_the_user_is_gone",
    "test_broken_for_each_reason",
    "test_what_ends_with_the_former_way_says_when",
    "test_who_may_look",
    "test_another_tenants_people_are_not_there",
    "test_a_hundred_people_take_as_many_statements_as_two",
)

IDENTITY = ("read:jira-user", "read:jira-work")


def path(tenant, account_id: UUID, rest: str = "") -> str:
    return tenant.path(f"alm-accounts/{account_id}/people/{rest}")


def row(page: Page, someone: Someone) -> dict[str, str]:
    """The cells of a person by their heading."""
    rows = [tr for tr in page.soup.select("tbody tr") if someone.email in tr.get_text()]
    assert len(rows) == 1, f"{len(rows)} rows of {someone.email}: {page.text}"
    return {td["data-label"]: " ".join(td.get_text(" ").split()) for td in rows[0].select("td[data-label]")}


def names(page: Page) -> list[str]:
    return [str(th.contents[0]).strip() for th in page.soup.select("tbody th")]


def edit(tenant, credential_id: UUID, **values: object) -> None:
    with tenant.work().write() as session:
        session.execute(update(Credential).where(Credential.id == credential_id).values(**values))


@pytest.fixture
def account_id(portal, sandbox, tenant) -> UUID:
    """By OAuth 1.0a, authorised; the member is connected as Ada, the second member never was."""
    made = connected_account(portal, sandbox, tenant)
    connect(portal, sandbox, tenant, tenant.member, made, "ada")
    return made


def test_an_admin_sees_who_is_connected_and_who_is_not(account_id, sign_in, tenant) -> None:
    admin = sign_in(tenant.admin)
    admin.get(tenant.path(f"alm-accounts/{account_id}"))
    page = admin.click("Connected people")
    assert "1 of 3 people are connected, no connections are broken, 2 are not connected." in page.text
    member = row(page, tenant.member)
    assert member["State"] == "Connected Programs may not act for them"
    assert member["Acts in Jira as"] == f"{USERS['ada'].display_name} {USERS['ada'].email}"
    assert member["Connected by"].startswith("OAuth 1.0a since ")
    assert row(page, tenant.second)["State"] == "Not connected"
    own = " ".join(page.find(".panel").get_text(" ").split())
    assert f"Authorised by {tenant.admin.name}" in own
    assert f"Rests on the consent of {USERS['admin'].display_name} (OAuth 1.0a)" in own
    assert page.find("caption").get_text() == f"People of {tenant.name} at {page.h1}"


def test_the_filter_shows_those_of_one_standing(account_id, sign_in, tenant) -> None:
    admin = sign_in(tenant.admin)
    admin.get(path(tenant, account_id))
    assert names(admin.click("Connected (1)")) == [tenant.member.name]
    assert tenant.member.name not in names(admin.click("Not connected (2)"))
    assert "Nothing is broken" in admin.click("Broken (0)").text
    assert len(names(admin.click("All (3)"))) == 3
    assert len(names(admin.get(path(tenant, account_id, "?show=odd&after=x%00")))) == 3


def test_without_anybody_and_with_everybody(portal, sandbox, sign_in, tenant) -> None:
    account_id = connected_account(portal, sandbox, tenant)
    admin = sign_in(tenant.admin)
    assert "Nobody is connected yet" in admin.get(path(tenant, account_id, "?show=connected")).text
    for someone in (tenant.admin, tenant.member, tenant.second):
        connect(portal, sandbox, tenant, someone, account_id, "ada")
    assert "Everybody has connected" in admin.get(path(tenant, account_id, "?show=without")).text


def day(days: int) -> str:
    """How the page shows a day so far ahead."""
    then = clock.now() + timedelta(days=days)
    return f"ends {then.day} {then:%b %Y}"


def by_cloud_consent(portal, sandbox, tenant) -> UUID:
    office = cloud_office(portal, sandbox, tenant)
    office.connect(tenant.member, "grace")
    return office.account_id


def by_scoped_token(portal, sandbox, tenant) -> UUID:
    """Pasted by the person on their page of an account people may also consent to."""
    office = cloud_office(portal, sandbox, tenant)
    token = Secret(canaries.add(sandbox.make_api_token("grace", scopes=IDENTITY)))
    typed = token_drafts.Typed(SCOPED_TOKEN, USERS["grace"].email, token, clock.now() + timedelta(days=100))
    work = at_browser(tenant, tenant.member)
    token_drafts.keep_draft(work, office.account_id, tenant.member.user_id, typed)
    assert tokens.connect(work, office.registry, office.account_id, tenant.member.user_id).code is None
    return office.account_id


def by_server_consent(portal, sandbox, tenant) -> UUID:
    office = server_oauth2_office(portal, sandbox, tenant)
    office.connect(tenant.member, "grace")
    return office.account_id


def by_pat(portal, sandbox, tenant, method: str = PAT) -> UUID:
    office = token_office(portal, sandbox, tenant)
    office.connect(tenant.member, "grace", method)
    return office.account_id


def by_password(portal, sandbox, tenant) -> UUID:
    return by_pat(portal, sandbox, tenant, PASSWORD)


@pytest.mark.parametrize(
    ("connected_by", "told", "ends"),
    [
        (by_cloud_consent, "OAuth 2.0", "renewed by itself, ends unused "),
        (by_scoped_token, "API token with scopes", day(100)),
        (by_server_consent, "OAuth 2.0", "renewed by itself, ends unused "),
        (by_pat, "personal access token", day(90)),
        (by_password, "user name and password", "no end is known"),
    ],
    ids=["consent at Atlassian", "token with scopes", "consent in Data Center", "PAT", "password"],
)
def test_every_way_of_being_connected(connected_by, told, ends, portal, sandbox, sign_in, tenant) -> None:
    """OAuth 1.0a is the one of the story above."""
    account_id = connected_by(portal, sandbox, tenant)
    page = sign_in(tenant.admin).get(path(tenant, account_id))
    member = row(page, tenant.member)
    assert USERS["grace"].display_name in member["Acts in Jira as"]
    assert member["Connected by"].startswith(f"{told} since ")
    assert ends in member["Connected by"]
    assert "1 of 3 people are connected" in page.text


def test_what_the_account_itself_rests_on_is_told_by_its_method(portal, sandbox, sign_in, tenant) -> None:
    office = token_office(portal, sandbox, tenant)
    page = sign_in(tenant.admin).get(path(tenant, office.account_id))
    assert (
        f"Rests on a token or password of {USERS['admin'].display_name} (personal access token)" in page.text
    )


def test_a_deactivated_jira_user_is_told_on_the_list_and_the_overview(
    account_id, portal, sandbox, sign_in, tenant
) -> None:
    """The person tests; Jira says that the user is gone; admins read it where they look."""
    sandbox.disable_user("ada")
    member = sign_in(tenant.member)
    member.get(tenant.path(f"profile/alm-credentials/{account_id}"))
    member.submit("Test connection")
    admin = sign_in(tenant.admin)
    page = admin.get(path(tenant, account_id, "?show=broken"))
    assert names(page) == [tenant.member.name]
    assert "The Jira user is gone. Who can mend it: your Jira admin." in row(page, tenant.member)["State"]
    told = f"Jira says that the Jira user of {tenant.member.name} is deactivated or gone"
    assert told in page.text
    assert told in admin.get(tenant.path(f"alm-accounts/{account_id}")).text
    sandbox.enable_user("ada")
    member.get(tenant.path(f"profile/alm-credentials/{account_id}"))
    member.submit("Test connection")
    assert told not in admin.get(path(tenant, account_id)).text


@pytest.mark.parametrize("code", ["user_disabled", "user_unknown", "account_closed", "unauthorized"])
def test_which_refusals_say_that_the_user_is_gone(code, tenant) -> None:
    account_id = samples.account(tenant)
    credential_id = samples.credential(tenant, account_id, tenant.member.user_id)
    hear(tenant, credential_id, "refused", "failed", code)
    work = tenant.work(tenant.admin)
    gone = connected.people(work, accounts.account(work, account_id), Wanted()).gone
    assert bool(gone) is (code != "unauthorized")


def test_who_authorised_the_account_and_is_gone_in_jira_is_named_for_it(
    account_id, portal, sandbox, sign_in, tenant
):
    connect(portal, sandbox, tenant, tenant.admin, account_id, "grace")
    sandbox.disable_user("grace")
    run_test(tenant.work(tenant.admin), registry_of(portal), account_id, tenant.admin.user_id)
    page = sign_in(tenant.admin).get(path(tenant, account_id))
    assert f"{tenant.admin.name} also authorised the account itself" in page.text


def test_broken_for_each_reason(portal, sandbox, sign_in, tenant) -> None:
    """A token that is refused, and an end date that has passed: each with its problem."""
    office = token_office(portal, sandbox, tenant)
    token = office.typed("grace")
    office.try_typed(tenant.member, token)
    sandbox.end_pat(token.secret.reveal())
    run_test(office.work, office.registry, office.account_id, tenant.member.user_id)
    edit(tenant, office.connect(tenant.second, "ada"), expires_at=clock.now() - timedelta(minutes=1))
    page = sign_in(tenant.admin).get(path(tenant, office.account_id))
    assert "0 of 3 people are connected, 2 connections are broken, 1 is not connected." in page.text
    member, second = row(page, tenant.member), row(page, tenant.second)
    assert member["State"].startswith("Refused") and "Who can mend it: the person." in member["State"]
    assert second["State"].startswith("Expired The token has reached its end date.")
    assert second["Connected by"].endswith("has ended")


def test_a_grant_that_ended_at_atlassian(portal, sandbox, sign_in, tenant) -> None:
    office = cloud_office(portal, sandbox, tenant)
    office.connect(tenant.member, "grace")
    sandbox.end_grant(office.app, "grace")
    run_test(office.work, office.registry, office.account_id, tenant.member.user_id)
    member = row(sign_in(tenant.admin).get(path(tenant, office.account_id)), tenant.member)
    assert member["State"].startswith("Ended")
    assert USERS["grace"].display_name in member["Acts in Jira as"], "whom it acted as is still told"


def test_what_ends_with_the_former_way_says_when(account_id, sign_in, tenant) -> None:
    until = clock.now() + timedelta(days=14)
    with tenant.work().write() as session:
        session.execute(update(Credential).where(Credential.user_id.is_not(None)).values(serves_until=until))
    ends = row(sign_in(tenant.admin).get(path(tenant, account_id)), tenant.member)["Connected by"]
    assert f"{until.day} {until:%b %Y}" in ends and "with the former way of connecting" in ends


def test_a_draft_has_no_people_yet(portal, sandbox, sign_in, tenant) -> None:
    office = token_office(portal, sandbox, tenant)
    with tenant.work().write() as session:
        session.get_one(accounts.AlmAccount, (tenant.id, office.account_id)).saved_at = None
    admin = sign_in(tenant.admin)
    admin.get(path(tenant, office.account_id))
    assert admin.path.endswith("/set-up")
    admin.post(path(tenant, office.account_id, "remind"))
    assert admin.status == 404


def test_who_may_look(account_id, portal, sign_in, tenant) -> None:
    """T01, T04: a member is refused; a stranger and support find nothing, as where nothing ever was."""
    member = sign_in(tenant.member)
    for rest in ("", "remind", f"{tenant.second.user_id}/remind"):
        for who, status in (
            (member, 403),
            (sign_in(tenant.stranger), 404),
            (sign_in(portal.world.support()), 404),
        ):
            who.get("/profile/")
            who.get(path(tenant, account_id, rest)) if not rest else who.post(path(tenant, account_id, rest))
            assert who.status == status, rest
    admin = sign_in(tenant.stranger)
    admin.get(tenant.other.path(f"alm-accounts/{account_id}/people/"))
    assert admin.status == 404


def test_another_tenants_people_are_not_there(account_id, portal, sandbox, sign_in, tenant, world) -> None:
    """Somebody of two tenants is connected in one of them only."""
    world.join(tenant.stranger, tenant.id)
    theirs = connected_account(portal, sandbox, tenant.other)
    connect(portal, sandbox, tenant.other, tenant.stranger, theirs, "grace")
    page = sign_in(tenant.admin).get(path(tenant, account_id))
    assert len(names(page)) == 4
    assert row(page, tenant.stranger)["State"] == "Not connected"


def crowd(world, tenant, account_id: UUID, count: int) -> None:
    for number in range(count):
        someone = world.person(f"Person{number:03d} Crowd")
        world.join(someone, tenant.id)
        if number % 2:
            samples.credential(tenant, account_id, someone.user_id)


def test_many_people_come_page_by_page(sign_in, tenant, world) -> None:
    account_id = samples.account(tenant)
    crowd(world, tenant, account_id, 117)
    admin = sign_in(tenant.admin)
    admin.get(path(tenant, account_id))
    assert (
        "58 of 120 people are connected, no connections are broken, 62 are not connected." in admin.page.text
    )
    found = names(admin.page)
    while admin.page.has("More people"):
        found += names(admin.click("More people"))
    assert len(found) == 120 and found == sorted(found, key=str.casefold)
    assert names(admin.click("First page")) == found[:PEOPLE_A_PAGE]
    admin.click("Connected (58)")
    assert len(names(admin.page)) == PEOPLE_A_PAGE
    assert len(names(admin.click("More people"))) == 8
    assert names(admin.get(path(tenant, account_id, f"?after={uuid4()}"))) == found[:PEOPLE_A_PAGE]


def test_a_hundred_people_take_as_many_statements_as_two(tenant, world) -> None:
    account_id = samples.account(tenant)
    work = tenant.work(tenant.admin)
    account, counts = accounts.account(work, account_id), []
    for count in (2, 100):  # every second one is connected
        crowd(world, tenant, account_id, count)
        with statements(work) as asked:
            connected.people(work, account, Wanted())
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 5


def test_no_token_is_on_the_page(portal, sandbox, sign_in, tenant) -> None:
    """Neither what serves nor what was typed; every page is searched for canaries besides."""
    office = token_office(portal, sandbox, tenant)
    token = office.typed("grace")
    office.try_typed(tenant.member, token)
    draft = TokenDraft(
        account_id=office.account_id,
        holder_id=tenant.second.user_id,
        method=PAT,
        login="",
        kept_at=clock.now(),
    )
    typed = canaries.new("typed")
    with tenant.work().write() as session:
        put_secret(session, draft, "secret", Secret(typed))
        session.add(draft)
    html = sign_in(tenant.admin).get(path(tenant, office.account_id)).html
    assert token.secret.reveal() not in html and typed not in html
