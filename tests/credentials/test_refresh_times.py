"""When a grant is renewed: before its access token ends, when that is refused, when it lay idle, and not
within a pause that Atlassian asked for."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.credentials import access_tokens
from portal.credentials.acting_as import acting_as
from portal.credentials.grants import AccessToken
from portal.jira.agile import Agile
from portal.jira.answers import Code, JiraTrouble
from portal.store.tables import AuditEvent, Grant
from portal.store.work import now_of
from tests.credentials.rotation import (
    age,
    ask_all,
    due_of,
    end_lease,
    expire,
    grant_now,
    make_due,
    portal_at_work,
    rotating,
    sweep,
)
from tests.support.cloud import CloudOffice, cloud_draft, cloud_office
from tests.support.portals import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.variants import variants
from tests.support.world import TenantWorld

DAY = timedelta(days=1)


@pytest.fixture
def office(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> CloudOffice:
    return cloud_office(portal, sandbox, tenant)


def exchanges(office: CloudOffice) -> int:
    """How often the token endpoint was asked to renew, with or without success."""
    seen = office.sandbox.cloud_state()
    return int(seen["refreshes_ok"]) + int(seen["refreshes_refused"])


def token_calls(office: CloudOffice) -> int:
    return len([one for one in office.sandbox.requests() if one["path"] == "/oauth/token"])


def held(office: CloudOffice, grant: Grant) -> AccessToken:
    return access_tokens.access_token(portal_at_work(office), office.registry, grant.id)


def leave_minutes(office: CloudOffice, grant: Grant, left: int) -> None:
    """The access token has an hour's life, and so much of it is left."""
    age(office, grant.id, refreshed_at=timedelta(minutes=60 - left), expires_at=timedelta(minutes=-left))


def test_it_is_renewed_before_its_end_and_not_long_before(office: CloudOffice) -> None:
    grant = office.grants()[0]
    leave_minutes(office, grant, 20)
    assert held(office, grant).generation == grant.generation
    leave_minutes(office, grant, 4)
    assert held(office, grant).generation == grant.generation + 1
    assert exchanges(office) == 1


@pytest.mark.parametrize("switch", [{"token_status": 503}, {"refresh_error": "access_denied"}], ids=str)
def test_what_still_lives_serves_while_renewing_fails(switch: dict[str, object], office: CloudOffice) -> None:
    """Nobody is disconnected by a fault that passes, nor by a wrong secret; later it goes on by itself."""
    grant = office.grants()[0]
    office.sandbox.state(**switch)
    office.sandbox.clear_requests()
    leave_minutes(office, grant, 4)
    assert held(office, grant).generation == grant.generation
    assert token_calls(office) == 1
    expire(office, grant.id)
    with pytest.raises(JiraTrouble) as caught:
        held(office, grant)
    assert caught.value.code in {Code.MAINTENANCE, Code.CLIENT_REFUSED}
    office.sandbox.state(token_status=0, refresh_error="none")
    end_lease(office, grant.id)
    sweep(office)
    assert held(office, grant).generation == grant.generation + 1
    assert office.account.state == "connected"


def test_a_withdrawn_consent_is_seen_before_the_token_ends(office: CloudOffice) -> None:
    """What still lives is not sent once Atlassian has said that the grant is none any more."""
    grant = office.grants()[0]
    office.sandbox.end_grant(office.app, "admin")
    leave_minutes(office, grant, 4)
    with pytest.raises(JiraTrouble) as caught:
        held(office, grant)
    assert caught.value.code is Code.GRANT_ENDED
    assert office.account.state == "ended"


def test_a_wrong_secret_shows_and_is_recorded_once(office: CloudOffice) -> None:
    grant = office.grants()[0]
    office.sandbox.state(refresh_error="access_denied")
    for _ in range(3):
        expire(office, grant.id)
        end_lease(office, grant.id)
        with pytest.raises(JiraTrouble):
            held(office, grant)
    assert office.account.state == "refused"
    with office.work.read() as session:
        lines = select(AuditEvent).where(AuditEvent.event == "grant.renewal_failed")
        (line,) = session.scalars(lines)
    assert (line.outcome, line.subject_id) == ("failed", grant.id)
    assert line.details == {"generation": grant.generation, "code": "client_refused"}


@pytest.mark.parametrize("status", variants([429, 503]))
def test_no_process_asks_within_the_pause(status: int, office: CloudOffice) -> None:
    """T33: two processes with many threads, all at the same moment; then again; then after the pause."""
    grant = office.grants()[0]
    office.sandbox.state(token_status=status)
    office.sandbox.clear_requests()
    expire(office, grant.id)
    told = {"rate_limited" if status == 429 else "maintenance"}
    with rotating(office.portal.settings, 2) as processes:
        assert set(ask_all(processes, grant, 16)) == told
        with portal_at_work(office).write() as session:
            row = session.get_one(Grant, (office.tenant.id, grant.id))
            assert row.retry_at is not None
            assert due_of(office, grant.id).due_at == row.retry_at  # type: ignore[union-attr]
            row.retry_at += timedelta(minutes=1)  # a busy machine may take longer than Atlassian asks for
        assert set(ask_all(processes, grant, 16)) == told
        assert token_calls(office) == 1
        office.sandbox.state(token_status=0)
        end_lease(office, grant.id)
        assert set(ask_all(processes, grant, 16)) == {grant.generation + 1}
    assert token_calls(office) == 2


def test_the_pause_is_never_shorter_than_asked(office: CloudOffice) -> None:
    """The practice Atlassian asks for thirty seconds."""
    grant = expire(office, office.grants()[0].id)
    office.sandbox.state(token_status=429)
    with portal_at_work(office).read() as session:
        began = now_of(session)
    with pytest.raises(JiraTrouble):
        held(office, grant)
    row = grant_now(office, grant.id)
    assert row is not None
    assert row.retry_at is not None
    assert row.retry_at - began >= timedelta(seconds=30)


@pytest.mark.parametrize("callers", [1, 4])  # as many as an account lets through at once
def test_a_token_refused_before_its_time_is_renewed_once(callers: int, office: CloudOffice) -> None:
    """However many calls are refused at the same moment, and each of them succeeds."""
    office.sandbox.end_access_tokens()

    def call(number: int) -> str:
        with acting_as(office.work, office.registry, office.account_id, None) as acting:
            return acting.jira.myself().display_name

    with ThreadPoolExecutor(callers) as pool:
        names = list(pool.map(call, range(callers)))
    assert len(set(names)) == 1
    assert (len(names), exchanges(office)) == (callers, 1)


def test_a_token_that_is_refused_again_at_once_is_not_renewed_again(office: CloudOffice) -> None:
    """It was got because the one before was refused: a third would be refused as well."""
    account = (office.work, office.registry, office.account_id, None)
    office.sandbox.end_access_tokens()
    with acting_as(*account) as acting:
        acting.jira.myself()
    office.sandbox.end_access_tokens()
    with pytest.raises(JiraTrouble) as caught, acting_as(*account) as acting:
        acting.jira.myself()
    assert (caught.value.code, exchanges(office)) == (Code.UNAUTHORIZED, 1)


def test_lacking_scopes_are_no_reason_to_renew(
    portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld
) -> None:
    office = cloud_draft(portal, sandbox, tenant, ("read:jira-user", "read:jira-work", "read:me"))
    office.authorise()
    with (
        acting_as(office.work, office.registry, office.account_id, None) as acting,
        pytest.raises(JiraTrouble) as caught,
    ):
        Agile(acting.jira).boards()
    assert caught.value.code is Code.SCOPE_MISMATCH
    assert exchanges(office) == 0


@pytest.mark.parametrize("days", [31, 89])
def test_an_idle_grant_is_kept_alive(days: int, office: CloudOffice) -> None:
    """Atlassian forgets it after 90 days (T48). One exchange, and the next is due in a month."""
    grant = age(office, office.grants()[0].id, refreshed_at=days * DAY, expires_at=(days - 1) * DAY)
    office.sandbox.age_refresh_tokens(days)
    make_due(office, grant.id)
    assert office.account.state == ("connected" if days < 76 else "ending_soon")
    sweep(office)
    sweep(office)
    assert exchanges(office) == 1
    row, due = grant_now(office, grant.id), due_of(office, grant.id)
    assert row is not None
    assert due is not None
    assert timedelta(days=26) < due.due_at - row.refreshed_at <= timedelta(days=30)
    assert office.account.state == "connected"


def test_one_that_is_used_is_left_until_it_has_lain_idle(office: CloudOffice) -> None:
    grant = age(office, office.grants()[0].id, refreshed_at=10 * DAY)
    make_due(office, grant.id)
    sweep(office)
    assert exchanges(office) == 0
    assert due_of(office, grant.id).due_at == grant.refreshed_at + 30 * DAY  # type: ignore[union-attr]


def test_one_that_cannot_be_renewed_is_said_to_end_soon(office: CloudOffice) -> None:
    grant = age(office, office.grants()[0].id, refreshed_at=80 * DAY)
    office.sandbox.state(token_status=503)
    make_due(office, grant.id)
    sweep(office)
    assert office.account.state == "ending_soon"
    assert due_of(office, grant.id) is not None


@pytest.mark.parametrize("database", ["postgres"], indirect=True, scope="session")
def test_two_machines_with_wrong_clocks_renew_once(office: CloudOffice) -> None:
    """T52: ten minutes ahead and ten behind; leases and ends are told by the database's clock."""
    office.sandbox.state(refresh_leeway_seconds=0)
    grant = office.grants()[0]
    settings = office.portal.settings
    with (
        rotating(settings, 1, ROTATING_CLOCK="600") as ahead,
        rotating(settings, 1, ROTATING_CLOCK="-600") as behind,
    ):
        for number in range(1, 4):
            expire(office, grant.id)
            assert set(ask_all([*ahead, *behind], grant, 4)) == {grant.generation + number}
    seen = office.sandbox.cloud_state()
    assert (seen["refreshes_ok"], seen["families_dead"]) == (3, 0)


def test_what_was_renewed_in_time_is_renewed_again_where_it_is_refused(office: CloudOffice) -> None:
    """Somebody was refused the token before, and was handed the one that another had got meanwhile: that one
    was not got for a refusal. What is got for one is not renewed for the next at once."""
    work, grant = portal_at_work(office), office.grants()[0]
    leave_minutes(office, grant, 4)
    in_time = held(office, grant).generation
    seen = [access_tokens.another_token(work, office.registry, grant.id, grant.generation)]
    seen += [access_tokens.another_token(work, office.registry, grant.id, in_time + more) for more in (0, 1)]
    assert [one and one.generation for one in seen] == [in_time, in_time + 1, None]
