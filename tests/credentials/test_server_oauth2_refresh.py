"""Renewing a grant of a Jira Data Center: with the redirect URL, once, both tokens replaced, no leeway."""

import os
from collections.abc import Iterator
from uuid import uuid4

import pytest

from portal.alm_accounts import apps
from portal.credentials import access_tokens, refreshing
from portal.credentials.grants import RENEWAL, AccessToken
from portal.jira.answers import Code, JiraTrouble
from portal.store import due
from portal.store.tables import Grant
from portal.store.work import now_of
from tests.credentials.rotation import (
    MOST_WORKS,
    age,
    ask_all,
    expire,
    grant_now,
    make_due,
    portal_at_work,
    rotating,
    sweep,
)
from tests.mail.conftest import mail_settings
from tests.support.databases import Database
from tests.support.portals import Portal, serve
from tests.support.post import PostOffice, post_office
from tests.support.sandbox import SandboxProcess
from tests.support.server_oauth2 import ServerOAuth2Office, server_oauth2_office
from tests.support.world import TenantWorld

pytestmark = pytest.mark.on_both(
    "test_both_tokens_are_replaced_and_the_next_renewal_works",
    "test_however_many_ask_one_exchange",
    "test_an_answer_that_was_lost_is_told_as_lost",
    "test_a_fault_that_passes_ends_nothing",
)

ROUNDS = int(os.environ.get("TEST_REFRESH_ROUNDS", "5"))
PROCESSES, THREADS = 3, 8


@pytest.fixture
def office(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> ServerOAuth2Office:
    return server_oauth2_office(portal, sandbox, tenant)


def renew(office: ServerOAuth2Office, grant: Grant) -> AccessToken:
    return access_tokens.access_token(portal_at_work(office), office.registry, grant.id)


def test_both_tokens_are_replaced_and_the_next_renewal_works(office: ServerOAuth2Office) -> None:
    """The redirect URL goes along each time: without it Jira answers a bare ``invalid_grant``."""
    for generation in (2, 3):
        [before] = office.grants()
        expire(office, before.id)
        assert renew(office, before).generation == generation
        [after] = office.grants()
        assert after.refresh_token != before.refresh_token and after.access_token != before.access_token
        assert after.scopes == ["WRITE"] and after.sites == []


@pytest.mark.soak
def test_however_many_ask_one_exchange(office: ServerOAuth2Office) -> None:
    """Jira takes a used refresh token no more, not even for a moment."""
    [grant] = office.grants()
    before = office.exchanges
    with rotating(office.portal.settings, PROCESSES) as processes:
        for number in range(1, ROUNDS + 1):
            expire(office, grant.id)
            got = ask_all(processes, grant, THREADS)
            assert got == [grant.generation + number] * PROCESSES * THREADS
    assert office.exchanges == before + ROUNDS


def test_an_answer_that_was_lost_is_told_as_lost(office: ServerOAuth2Office) -> None:
    """There is no leeway: the pair Jira replaced cannot be got again."""
    [grant] = office.grants()
    office.sandbox.state(token_drop_answer=True)
    expire(office, grant.id)
    with pytest.raises(JiraTrouble) as caught:
        renew(office, grant)
    assert caught.value.code is Code.UNREACHABLE
    office.sandbox.state(token_drop_answer=False)
    age(office, grant.id, retry_at=None, lease_until=None)
    with pytest.raises(JiraTrouble) as caught:
        renew(office, grant)
    assert caught.value.code is Code.GRANT_ENDED
    view = office.account.own
    assert view is not None and view.code == "renewal_lost"
    said = office.account.trouble_of(view)
    assert said is not None and "Jira takes the former one no more" in said.cause
    assert "Atlassian" not in f"{said.title}{said.cause}{said.fix}"


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_fault_that_passes_ends_nothing(office: ServerOAuth2Office, status: int) -> None:
    [grant] = office.grants()
    office.sandbox.state(side="server", token_status=status)
    expire(office, grant.id)
    with pytest.raises(JiraTrouble):
        renew(office, grant)
    office.sandbox.state(token_status=0)
    age(office, grant.id, retry_at=None)
    assert renew(office, grant).generation == 2


def test_a_wrong_client_secret_ends_nothing_and_is_the_admins(office: ServerOAuth2Office) -> None:
    [grant] = office.grants()
    apps.set_client(office.work, office.account_id, office.app.client_id, office.app.client_secret[::-1])
    expire(office, grant.id)
    with pytest.raises(JiraTrouble) as caught:
        renew(office, grant)
    assert caught.value.code is Code.CLIENT_REFUSED
    said = office.account.trouble(str(caught.value.code))
    assert said.title == "Jira does not accept the client secret" and not said.anew
    apps.set_client(office.work, office.account_id, office.app.client_id, office.app.client_secret)
    assert renew(office, grant).generation == 2


def test_the_worker_renews_what_lay_idle(office: ServerOAuth2Office) -> None:
    """Whatever others left to be done in the same database."""
    [grant] = office.grants()
    assert office.tenant.other is not None
    with portal_at_work(office).write() as session:
        for _ in range(MOST_WORKS):
            due.put(
                session, RENEWAL, uuid4(), now_of(session) - refreshing.KEEP_ALIVE, office.tenant.other.id
            )
    age(office, grant.id, refreshed_at=refreshing.KEEP_ALIVE)
    make_due(office, grant.id)
    sweep(office)
    found = grant_now(office, grant.id)
    assert found is not None and found.generation == 2


@pytest.fixture
def letters() -> Iterator[PostOffice]:
    with post_office() as running:
        yield running


@pytest.fixture
def writing_office(
    empty_database: Database, letters: PostOffice, sandbox: SandboxProcess
) -> Iterator[ServerOAuth2Office]:
    """An office of a portal that sends mail."""
    with serve(empty_database, **mail_settings(letters)) as portal:
        yield server_oauth2_office(portal, sandbox, portal.world.tenant())


def test_the_letter_about_its_end_names_jira(writing_office: ServerOAuth2Office, letters: PostOffice) -> None:
    office, member = writing_office, writing_office.tenant.member
    grant = office.grant_of(office.connect(member, "grace"))
    office.sandbox.end_server_grant("grace")
    expire(office, grant.id)
    with pytest.raises(JiraTrouble):
        renew(office, grant)
    sweep(office)
    (text,) = letters.texts(member.email)
    text = text.replace("\r\n", "\n")
    assert "Jira does not accept the consent any more" in text
    assert "your consent at Jira on this page:" in text and "Atlassian" not in text
    assert f"{office.portal.base_url}{office.mine}" in text
