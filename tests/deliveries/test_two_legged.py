"""The token of an account that only sends: held while it lives, got anew, refused in the open (D1, D6)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal import clock
from portal.alm_accounts import accounts, apps
from portal.alm_accounts.account_views import AccountView
from portal.credentials import keeping
from portal.credentials.acting_as import NotConnected
from portal.credentials.two_legged import LEAST_LIFE, bearer
from portal.errors import NotHere
from portal.jira import bulk
from portal.jira.answers import Code, JiraTrouble
from portal.kinds.sent_data import BY_NAME
from portal.secret import Secret
from portal.store.tables import AuditEvent, Credential
from portal.store.vault import get_secret
from portal.store.work import TransactionOpen
from tests.support import canaries, samples
from tests.support.deliveries import DeliveryOffice


def asked(office: DeliveryOffice) -> int:
    """How many tokens were asked for since the requests were cleared."""
    paths = [entry["path"] for entry in office.sandbox.requests()]
    return sum(path.endswith("/oauth/token") for path in paths)


def account_of(office: DeliveryOffice) -> AccountView:
    return accounts.account(office.work, office.account_id)


def end_in(office: DeliveryOffice, left: timedelta) -> None:
    """Let the token that is held end so much later than now."""
    with office.work.write() as session:
        [row] = session.scalars(select(Credential))
        row.expires_at = clock.now() + left


def refusals(office: DeliveryOffice) -> list[tuple[str, str]]:
    with office.work.read() as session:
        wanted = select(AuditEvent).where(AuditEvent.event.in_(("credential.refused", "credential.tested")))
        return [(row.event, row.details["code"]) for row in session.scalars(wanted.order_by(AuditEvent.seq))]


def test_one_token_serves_until_shortly_before_its_end(office: DeliveryOffice) -> None:
    office.sandbox.clear_requests()
    first = bearer(office.work, office.registry, office.account_id)
    canaries.add(first.token.reveal())
    assert first.cloud_id == office.sandbox.cloud_ids["acme"]
    assert bearer(office.work, office.registry, office.account_id) == first and asked(office) == 1
    end_in(office, LEAST_LIFE + timedelta(seconds=20))
    assert bearer(office.work, office.registry, office.account_id) == first and asked(office) == 1
    end_in(office, LEAST_LIFE - timedelta(seconds=1))
    second = bearer(office.work, office.registry, office.account_id)
    assert second.token != first.token and asked(office) == 2
    with office.work.read() as session:
        [row] = session.scalars(select(Credential))
        assert get_secret(session, row, "access_token") == second.token
        assert row.access_token is not None and second.token.reveal().encode() not in row.access_token
    assert account_of(office).state == "connected", "that a token ends is nothing to tell"
    assert account_of(office).own.expires_at is None  # type: ignore[union-attr]


def test_another_one_in_the_place_of_a_refused_one(office: DeliveryOffice) -> None:
    first = bearer(office.work, office.registry, office.account_id)
    office.sandbox.end_2lo_tokens()
    second = bearer(office.work, office.registry, office.account_id, refused=first.token)
    assert second.token != first.token
    assert bearer(office.work, office.registry, office.account_id, refused=first.token) == second
    with office.registry.cloud_session(second.token) as session:
        found = bulk.allowed(
            session, office.registry.cloud.atlassian, BY_NAME["builds"].path(second.cloud_id), {"builds": []}
        )
    assert found == (bulk.Allowed.GRANTED, None)


def test_a_refusal_shows_in_the_state_and_passes_with_it(office: DeliveryOffice) -> None:
    office.sandbox.state(deliveries_credentials="secret_wrong")
    for _ in range(2):
        with pytest.raises(JiraTrouble) as caught:
            bearer(office.work, office.registry, office.account_id)
        assert caught.value.code is Code.CLIENT_REFUSED
    account = account_of(office)
    assert account.state == "refused"
    trouble = account.trouble_of(account.own)
    assert trouble is not None and "OAuth credentials" in trouble.fix and "consent" not in trouble.fix
    office.sandbox.state(deliveries_credentials="good")
    bearer(office.work, office.registry, office.account_id)
    assert account_of(office).state == "connected"
    assert refusals(office) == [
        ("credential.refused", "client_refused"),
        ("credential.tested", "accepted_again"),
    ], "once for each change"


@pytest.mark.parametrize(
    ("fault", "code"),
    [({"status_5xx": 503}, Code.MAINTENANCE), ({"drop_connection": True}, Code.UNREACHABLE)],
    ids=["503", "dropped"],
)
@pytest.mark.variant
def test_what_passes_refuses_no_credential(
    office: DeliveryOffice, fault: dict[str, object], code: Code
) -> None:
    office.sandbox.state(**fault)
    with pytest.raises(JiraTrouble) as caught:
        bearer(office.work, office.registry, office.account_id)
    assert caught.value.code is code and caught.value.retryable
    office.sandbox.reset()
    assert account_of(office).state == "connected" and refusals(office) == []


def test_no_transaction_is_open_meanwhile(office: DeliveryOffice) -> None:
    with office.work.read(), pytest.raises(TransactionOpen):
        bearer(office.work, office.registry, office.account_id)


def test_without_a_credential_that_was_tried_well(office: DeliveryOffice) -> None:
    keeping.disconnect(office.work, office.account_id, None, "disconnected")
    with pytest.raises(NotConnected):
        bearer(office.work, office.registry, office.account_id)
    with pytest.raises(NotConnected):
        bearer(office.work, office.registry, samples.account(office.tenant))
    other = office.tenant.other
    assert other is not None
    with pytest.raises(NotHere):
        bearer(other.work(other.admin), office.registry, office.account_id)


def test_what_was_ended_meanwhile_is_not_brought_back(
    office: DeliveryOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, other = type(office.registry).token_for_itself, office.sandbox.make_credentials()

    def meanwhile(self: object, app: object) -> object:
        apps.set_client(office.work, office.account_id, other.client_id, other.client_secret)
        return ask(self, app)  # type: ignore[arg-type]

    monkeypatch.setattr(type(office.registry), "token_for_itself", meanwhile)
    assert bearer(office.work, office.registry, office.account_id).token != Secret("")
    with office.work.read() as session:
        [row] = session.scalars(select(Credential))
        assert (row.state, row.ended_why, row.access_token) == ("ended", "app_changed", None)
