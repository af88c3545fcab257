"""What a test of an account that sends finds, and what is kept of it (mission row D1)."""

from typing import Any

import pytest
from sqlalchemy import select

from portal.alm_accounts import apps, delivery_test, next_credential
from portal.alm_accounts.delivery_test import run_delivery_test
from portal.alm_accounts.sites import set_site
from portal.credentials.connections import read_sending
from portal.credentials.delivery_ways import hold_way
from portal.credentials.two_legged import bearer
from portal.errors import NotHere
from portal.kinds.sent_data import SENT_DATA
from portal.secret import Secret
from portal.store.tables import AuditEvent, Credential, TokenDraft
from portal.store.work import NOBODY, Work
from tests.deliveries.set_ups import SetUpDesk
from tests.support import canaries, samples
from tests.support.delivery_rows import deliveries

pytestmark = pytest.mark.on_both(
    "test_what_was_entered_meanwhile_is_not_proved_by_a_test",
    "test_after_disconnecting_what_is_entered_counts_at_once",
    "test_another_site_needs_another_credential",
    "test_what_is_changed_during_a_test_is_not_proved_by_it",
    "test_a_success_lets_what_was_held_up_go_on",
    "test_only_accounts_of_this_tenant_that_only_send",
    "test_disconnecting_and_deleting",
)


def credentials(desk: SetUpDesk) -> list[Credential]:
    with desk.work.read() as session:
        return list(session.scalars(select(Credential)))


def lines(desk: SetUpDesk, event: str) -> list[AuditEvent]:
    with desk.work.read() as session:
        wanted = select(AuditEvent).where(AuditEvent.event == event).order_by(AuditEvent.seq)
        return list(session.scalars(wanted))


def test_a_permission_that_is_missing_in_jira(desk: SetUpDesk) -> None:
    made = desk.make(["builds"])
    desk.fill(client_id=made.client_id, client_secret=made.client_secret)
    page = desk.admin.page
    assert desk.admin.status == 409
    assert "A permission is missing in Jira" in page.text and "refused to take: Deployments." in page.text
    assert desk.permissions() == {
        "A token by client ID and client secret": "Passed",
        "Builds: an empty list": "Passed",
        "Deployments: an empty list": "Failed",
    }
    assert not desk.account.saved and credentials(desk) == []
    assert desk.account.delivery is not None
    assert dict(desk.account.delivery.granted) == {"builds": "granted", "deployments": "missing"}
    desk.admin.get(f"{desk.path}/set-up")
    desk.admin.submit("Test and save", scopes=["builds"])
    assert "is saved" in desk.admin.page.text and desk.permissions() == {"Builds": "On"}


def test_all_four_permissions_and_none(desk: SetUpDesk) -> None:
    every = [data.name for data in SENT_DATA]
    made = desk.make([data.api for data in SENT_DATA])
    desk.sandbox.state(deliveries_not_permitted=["builds", "deployments", "featureflags", "devinfo"])
    desk.fill(client_id=made.client_id, client_secret=made.client_secret, scopes=every)
    missing = "Builds, Deployments, Feature flags, Development information"
    assert desk.admin.status == 409 and f"refused to take: {missing}." in desk.admin.page.text
    desk.sandbox.state(deliveries_not_permitted=[])
    desk.admin.submit("Test again")
    assert "is saved" in desk.admin.page.text
    assert set(desk.permissions().values()) == {"On"} and len(desk.permissions()) == len(SENT_DATA)
    assert "not tried against a live Jira yet" in desk.admin.page.text


ANSWERS: dict[str, tuple[dict[str, Any], str]] = {
    "another site": ({"deliveries_site": "gone"}, "The credential is not of this site"),
    "a renamed site": ({"deliveries_site": "renamed"}, "The credential is not of this site"),
    "the token refused": ({"deliveries_unauthorized": True}, "Jira does not accept the token"),
    "too many calls": ({"deliveries_rate_limited": 30}, "Atlassian asks for a pause"),
    "an error": ({"deliveries_status": 500}, "Atlassian has an error of its own"),
    "secret wrong": (
        {"deliveries_credentials": "secret_wrong"},
        "does not accept client ID and client secret",
    ),
    "deleted": ({"deliveries_credentials": "deleted"}, "does not accept client ID and client secret"),
}


def test_every_other_answer_is_told_in_words_and_saves_nothing(desk: SetUpDesk) -> None:
    made = desk.fill("Save")
    for name, (switches, sentence) in ANSWERS.items():
        desk.sandbox.state(**switches)
        desk.admin.post(f"{desk.path}/test")
        page = desk.admin.page
        assert desk.admin.status == 409 and sentence in page.text, (name, page.text[:600])
        assert "Cannot be known from here" in page.text or not desk.permissions().get("Builds: an empty list")
        assert made.client_secret not in desk.admin.response.text
        desk.sandbox.state(
            deliveries_site="there", deliveries_unauthorized=False, deliveries_rate_limited=0,
            deliveries_status=0, deliveries_credentials="good",
        )  # fmt: skip
        desk.admin.get(f"{desk.path}/set-up")
    assert not desk.account.saved and credentials(desk) == []
    codes = [line.details["code"] for line in lines(desk, "credential.tested")]
    assert codes == [
        "delivery_site", "delivery_site", "unauthorized", "rate_limited", "server_error",
        "client_refused", "client_refused",
    ]  # fmt: skip
    desk.admin.post(f"{desk.path}/test")
    assert "is saved" in desk.admin.page.text, "and then it works"


def test_the_credential_of_another_site(desk: SetUpDesk) -> None:
    made = desk.make(site="globex")
    desk.fill(client_id=made.client_id, client_secret=made.client_secret)
    assert desk.admin.status == 409 and "The credential is not of this site" in desk.admin.page.text


def test_a_test_that_fails_later_takes_nothing_away(saved_desk: SetUpDesk) -> None:
    desk = saved_desk
    [before] = credentials(desk)
    desk.sandbox.state(deliveries_credentials="secret_wrong")
    desk.admin.get(desk.path)
    desk.admin.submit("Test connection")
    assert desk.admin.status == 409
    assert (desk.account.state, desk.account.saved) == ("refused", True)
    assert "does not accept client ID and client secret" in desk.admin.get(desk.path).text
    assert "Refused" in desk.admin.get(desk.tenant.path("")).text
    desk.sandbox.state(deliveries_credentials="good")
    desk.admin.get(desk.path)
    desk.admin.submit("Test connection")
    assert desk.admin.status == 200 and "The credential works" in desk.admin.page.text
    assert desk.account.state == "connected"
    assert [row.id for row in credentials(desk)] == [before.id]


def test_another_credential_takes_the_place_of_the_former_one(saved_desk: SetUpDesk) -> None:
    """Once a test of it has passed: until then, the former one serves as if nothing had been entered."""
    desk, admin = saved_desk, saved_desk.admin
    [before] = credentials(desk)
    former = desk.account
    made = desk.fill("Save")
    assert "The former credential goes on sending" in admin.page.text
    assert desk.account == former
    page = admin.get(desk.path)
    assert "Another credential waits for a test that passes" in page.text and made.client_id in page.text
    page = admin.get(f"{desk.path}/set-up")
    assert page.value("#client_id") == made.client_id and page.value("#client_secret") == ""
    admin.get(desk.path)
    admin.submit("Test connection")
    assert "The credential works" in admin.page.text
    [after] = credentials(desk)
    assert after.id != before.id and desk.account.state == "connected"
    assert desk.account.app is not None and desk.account.app.client_id == made.client_id
    assert desk.account.tested_at and "Another credential waits" not in admin.get(desk.path).text
    with desk.work.read() as session:
        assert read_sending(session, desk.account_id).app.secret == Secret(made.client_secret)
        assert session.scalars(select(TokenDraft)).first() is None
    assert [line.details["changed"] for line in lines(desk, "app.changed")][-1] == [
        "client_id", "client_secret"
    ]  # fmt: skip


def test_what_fails_its_test_replaces_nothing(saved_desk: SetUpDesk) -> None:
    """A wrong secret, and a credential of another site: what worked sends on, and nothing is noted of it."""
    desk, admin, work = saved_desk, saved_desk.admin, saved_desk.work
    former = desk.account
    assert former.app is not None
    wrong = {"client_id": former.app.client_id, "client_secret": canaries.add("ATOA" + "w" * 40)}
    globex = desk.make(site="globex")
    other = {"client_id": globex.client_id, "client_secret": globex.client_secret}
    for typed, sentence in (
        (wrong, "does not accept client ID and client secret"),
        (other, "not of this site"),
    ):
        desk.fill(**typed)
        page = admin.page
        assert admin.status == 409 and sentence in page.text and "What served before goes on" in page.text
        canaries.assert_none_in(admin.response.text, "the page")
        assert desk.account == former and lines(desk, "credential.refused") == []
        work_of_portal = Work(desk.portal.store, desk.tenant.id, NOBODY)
        with work.write() as session:
            session.get_one(Credential, (desk.tenant.id, credentials(desk)[0].id)).expires_at = None
        assert bearer(work_of_portal, desk.registry, desk.account_id).token, "a new one by what is held"
    admin.submit("Forget it and stay with the former one")
    assert "is forgotten" in admin.page.text and "Another credential waits" not in admin.page.text
    admin.submit("Test connection")
    assert "The credential works" in admin.page.text and desk.account.state == "connected"
    admin.post(f"{desk.path}/next-credential/forget")
    assert admin.status == 404, "there is nothing to forget"
    desk.fill(**other)
    desk.fill("Save", client_id=former.app.client_id, client_secret="")
    assert "Another credential waits" not in admin.get(desk.path).text, "the former ID entered again"


def test_what_was_entered_meanwhile_is_not_proved_by_a_test(
    saved_desk: SetUpDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, admin = saved_desk, saved_desk.admin
    former, judged, other = desk.account, delivery_test._judged, desk.make(["builds"])
    desk.fill("Save")

    def meanwhile(tried: Any) -> Any:
        next_credential.enter(desk.work, desk.account_id, other.client_id, other.client_secret)
        return judged(tried)

    monkeypatch.setattr(delivery_test, "_judged", meanwhile)
    assert run_delivery_test(desk.work, desk.registry, desk.account_id).passed
    assert desk.account == former
    entered = next_credential.entered(desk.work, desk.account_id)
    assert entered is not None and entered.client_id == other.client_id
    assert admin.get(desk.path).text.count(other.client_id) == 1


def test_after_disconnecting_what_is_entered_counts_at_once(saved_desk: SetUpDesk) -> None:
    """Nothing serves: there is nothing to keep."""
    desk, admin = saved_desk, saved_desk.admin
    desk.fill("Save")
    admin.get(f"{desk.path}/disconnect")
    admin.submit("Disconnect")
    made = desk.fill()
    assert "The credential works" in admin.page.text
    assert desk.account.app is not None and desk.account.app.client_id == made.client_id
    assert next_credential.entered(desk.work, desk.account_id) is None


def test_another_site_needs_another_credential(saved_desk: SetUpDesk) -> None:
    desk = saved_desk
    set_site(desk.work, desk.registry, desk.account_id, desk.sandbox.sites["globex"])
    assert desk.account.state == "ended"
    assert "The account is for another site now" in desk.admin.get(desk.path).text
    desk.admin.submit("Test connection")
    assert "The credential is not of this site" in desk.admin.page.text
    made = desk.make(site="globex")
    desk.fill(
        client_id=made.client_id, client_secret=made.client_secret, site_url=desk.sandbox.sites["globex"]
    )
    assert "The credential works" in desk.admin.page.text and desk.account.state == "connected"


def test_what_is_changed_during_a_test_is_not_proved_by_it(
    saved_desk: SetUpDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = saved_desk
    judged, other = delivery_test._judged, desk.make()

    def meanwhile(tried: Any) -> Any:
        apps.set_client(desk.work, desk.account_id, other.client_id, other.client_secret)
        return judged(tried)

    monkeypatch.setattr(delivery_test, "_judged", meanwhile)
    assert run_delivery_test(desk.work, desk.registry, desk.account_id).passed
    assert (desk.account.state, desk.account.tested_at) == ("ended", None)


def test_a_success_lets_what_was_held_up_go_on(saved_desk: SetUpDesk) -> None:
    desk = saved_desk
    with desk.work.write() as session:
        way = hold_way(session, desk.account_id)
        assert way is not None
        way.trouble, way.attempts = "client_refused", 3
    assert run_delivery_test(desk.work, desk.registry, desk.account_id).passed
    with desk.work.write() as session:
        way = hold_way(session, desk.account_id)
        assert way is not None and (way.trouble, way.attempts) == (None, 0)


def test_only_accounts_of_this_tenant_that_only_send(saved_desk: SetUpDesk) -> None:
    desk, tenant = saved_desk, saved_desk.tenant
    assert tenant.other is not None
    for work, account_id in (
        (tenant.other.work(tenant.stranger), desk.account_id),
        (desk.work, samples.account(tenant)),
    ):
        with pytest.raises(NotHere):
            run_delivery_test(work, desk.registry, account_id)


def test_disconnecting_and_deleting(saved_desk: SetUpDesk) -> None:
    desk, admin = saved_desk, saved_desk.admin
    admin.get(f"{desk.path}/disconnect")
    assert "What programs report is still accepted, and waits" in admin.page.text
    admin.submit("Disconnect")
    assert credentials(desk) == [] and desk.account.state == "not_connected"
    assert "client ID and client secret have to pass a test first" in admin.page.text
    admin.submit("Test connection")
    assert desk.account.state == "connected"
    admin.get(f"{desk.path}/delete")
    assert "The client secret is erased here" in admin.page.text
    assert "for Jira" not in admin.page.text, "nothing waits"
    waiting = {"state": "waiting"}
    deliveries(desk.tenant, [{}, waiting], desk.account_id)
    assert "1 delivery that waits for Jira is lost." in admin.get(f"{desk.path}/delete").text
    deliveries(desk.tenant, [waiting | {"build": 43}], desk.account_id)
    assert "2 deliveries that wait for Jira are lost." in admin.get(f"{desk.path}/delete").text
    admin.submit("Delete for good", typed_name=desk.account.name)
    with pytest.raises(NotHere):
        _ = desk.account
