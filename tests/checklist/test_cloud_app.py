"""Whether Atlassian knows the app and takes its secret, and whether people come back from it."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from portal import clock
from portal.alm_accounts import apps, drafts, sites
from portal.checklist import runs
from portal.checklist.checks import accepted
from portal.checklist.shown import checklist
from portal.checklist.verdict import verdict
from portal.credentials import flows
from portal.jira.answers import Code, JiraTrouble
from portal.kinds import KINDS
from portal.store.tables import AlmAccount, Credential, Grant, OauthApp
from tests.support import canaries
from tests.support.accounts import at_browser, registry_of
from tests.support.checklist import Sheet
from tests.support.cloud import CloudOffice, cloud_draft, cloud_office
from tests.support.cloud_people import shared_desk
from tests.support.cloud_sheets import forget_pauses, looked, red, sheet_of, token_calls, told

pytestmark = pytest.mark.on_both(
    "test_a_wrong_secret_is_named_mended_and_tried_again",
    "test_the_very_run_that_meets_a_refused_secret_names_it",
    "test_where_atlassian_hands_out_tokens_is_a_place_of_its_own",
    "test_no_persons_consent_is_put_at_risk_for_a_check_of_the_account",
    "test_a_secret_that_nothing_has_proved_is_not_called_right",
    "test_only_the_pause_that_was_asked_for_is_kept_and_it_is_no_proof",
    "test_who_came_back_to_another_address_proves_nothing_of_this_one",
)

OF_APP = ("client", "signature", "callback", "consent")


@pytest.fixture
def office(portal, sandbox, tenant) -> CloudOffice:
    """A saved account by an app of its own."""
    return cloud_office(portal, sandbox, tenant)


def set_secret(office: CloudOffice, secret: str) -> None:
    apps.set_client(office.work, office.account_id, office.app.client_id, secret)


def begin(office: CloudOffice) -> None:
    """Somebody leaves for Atlassian and is not seen again."""
    path = office.account.callback_path
    work = at_browser(office.tenant, office.tenant.admin)
    flow_id = flows.start(work, office.registry, flows.FlowRequest(office.account_id, "account", path))
    flows.consent_url(work, office.registry, flow_id)


def states(rows, *names):
    return {rows[name].state for name in names}


def test_a_wrong_secret_is_named_mended_and_tried_again(office, sign_in):
    """Of what hangs on it nothing else is red. That the client ID was taken before proves nothing now: nobody
    says which of both is refused."""
    sheet, admin = sheet_of(office), sign_in(office.tenant.admin)
    set_secret(office, f"ATOA{canaries.new('wrong-secret')}")
    admin.get(sheet.path())
    admin.submit("Run the checklist")
    sheet.wait(admin)
    assert "Atlassian does not accept the app's secret" in admin.page.text
    assert red(sheet.rows) == {"signature": "client_refused"}
    assert told(sheet.rows["client"]) == ("unknown", "app_client_untold")
    assert told(sheet.run(why=runs.NIGHT)["client"]) == ("unknown", "app_client_untold")
    assert sheet.rows["consent"].waits_for == "Signature or secret accepted"
    set_secret(office, office.app.client_secret)
    admin.submit("Try again", within_="#row-signature")
    sheet.wait(admin)
    assert states(sheet.rows, *OF_APP, "identity") == {"proved"}


def test_only_a_person_has_it_renewed_and_once(office):
    sheet = sheet_of(office)
    office.sandbox.clear_requests()
    rows = sheet.run(why=runs.NIGHT)
    assert (token_calls(sheet), states(rows, *OF_APP)) == (0, {"proved"})
    assert "just now" not in rows["signature"].said
    before = office.grants()[0].generation
    rows = sheet.run()
    assert (token_calls(sheet), office.grants()[0].generation) == (1, before + 1)
    assert "just now" in rows["signature"].said and "Renewed" in rows["signature"].tried


@pytest.mark.variant
def test_who_presses_again_and_again_has_it_renewed_once_in_ten_minutes(office, monkeypatch):
    monkeypatch.setattr(accepted, "FRESH_FOR", timedelta(minutes=10))
    sheet = sheet_of(office)
    with office.work.write() as session:
        session.execute(update(OauthApp).values(secret_set_at=clock.now() - timedelta(hours=1)))
        session.execute(update(Grant).values(refreshed_at=clock.now() - timedelta(minutes=11)))
    office.sandbox.clear_requests()
    for _ in range(3):
        assert states(sheet.run(), *OF_APP) == {"proved"}
    assert token_calls(sheet) == 1
    with office.work.write() as session:
        session.execute(update(OauthApp).values(secret_set_at=clock.now()))
    assert states(sheet.run(), *OF_APP) == {"proved"}
    assert token_calls(sheet) == 2, "a secret entered since then is tried"


def outlive(office, **switches):
    """The token that is held ends, and while Atlassian has these switches on it cannot be renewed."""
    office.sandbox.state(**switches)
    with office.work.write() as session:
        ended = {"expires_at": clock.now(), "trouble": None, "retry_at": None, "attempts": 0}
        session.execute(update(Grant).values(**ended))


def test_the_very_run_that_meets_a_refused_secret_names_it(office, monkeypatch):
    """A night run tries no secret of itself, and a person's none a few minutes after the last: the call that
    asks who the account is has the token renewed."""
    monkeypatch.setattr(accepted, "FRESH_FOR", timedelta(minutes=10))
    sheet = sheet_of(office)
    for why in (runs.NIGHT, runs.PERSON):
        assert states(sheet.run(why=why), *OF_APP, "identity") == {"proved"}
        outlive(office, client_secret_wrong=True)
        rows = sheet.run(why=why)
        assert red(rows) == {"signature": "client_refused"}, why
        assert told(rows["client"]) == ("unknown", "app_client_untold")
        assert "Renewed" in rows["signature"].tried and rows["identity"].state == "waiting"
        office.sandbox.state(client_secret_wrong=False)
        forget_pauses(sheet)
    outlive(office)
    office.sandbox.end_access_tokens()
    office.sandbox.state(client_secret_wrong=True)
    with office.work.write() as session:  # refused before its time, as of an app that was deleted
        session.execute(update(Grant).values(expires_at=clock.now() + timedelta(minutes=40)))
    assert red(sheet.run(why=runs.NIGHT)) == {"signature": "client_refused"}
    office.sandbox.state(client_secret_wrong=False)


def test_where_atlassian_hands_out_tokens_is_a_place_of_its_own(office):
    """While it fails the site answers: neither is down, and what is red is the renewal. Until it is sent
    again nothing works, and the page says so."""
    sheet = sheet_of(office)
    assert red(sheet.run(why=runs.NIGHT)) == {}
    outlive(office, token_status=503)
    rows = sheet.run(why=runs.NIGHT)
    assert red(rows) == {"signature": "token_endpoint_failed"}
    assert "status 503" in rows["signature"].trouble.cause and rows["identity"].state == "waiting"
    pause(office, retry_at=clock.now() + timedelta(minutes=5))
    assert red(sheet.run(why=runs.NIGHT)) == {}
    found = verdict(checklist(sheet.work, office.account))
    office.sandbox.state(token_status=0)
    assert found.tone == "danger" and found.text.startswith("This connection does not work at the moment")
    assert "So since" in found.text and "last proved" in found.text


def test_no_persons_consent_is_put_at_risk_for_a_check_of_the_account(office):
    """Where the account has none of its own, nothing is renewed, and nothing is called proved."""
    office.connect(office.tenant.member, "ada")
    with office.work.write() as session:
        session.execute(delete(Credential).where(Credential.user_id.is_(None)))
    office.sandbox.clear_requests()
    sheet = sheet_of(office)
    for why in (runs.PERSON, runs.NIGHT):
        rows = sheet.run(why=why)
        assert told(rows["signature"]) == ("unknown", "secret_untried")
        assert (
            "last took it on" in rows["signature"].said
            and "connected by consent" in rows["signature"].trouble.fix
        )
    assert token_calls(sheet) == 0


@pytest.mark.variant
def test_who_has_no_turn_says_nothing_of_the_app(office, monkeypatch):
    def busy(*given):
        raise JiraTrouble(Code.CONCURRENCY_CEILING, ceiling=2)

    monkeypatch.setattr(accepted, "renew", busy)
    rows = sheet_of(office).run()
    assert told(rows["signature"]) == ("unknown", "concurrency_ceiling")
    assert red(rows) == {}


def test_a_secret_that_nothing_has_proved_is_not_called_right(office):
    sheet = sheet_of(office)
    with office.work.write() as session:
        later = clock.now() + timedelta(seconds=5)
        session.execute(
            update(OauthApp).where(OauthApp.id == office.account.app.id).values(secret_set_at=later)
        )
    rows = sheet.run(why=runs.NIGHT)
    assert told(rows["signature"]) == ("unknown", "secret_unproved")
    assert rows["client"].state == "proved"


def pause(office, **until):
    with office.work.write() as session:
        session.execute(update(Grant).values(**until))


def test_only_the_pause_that_was_asked_for_is_kept_and_it_is_no_proof(office):
    sheet, later = sheet_of(office), clock.now() + timedelta(minutes=5)
    rows = looked(sheet, token_status=503)
    assert red(rows) == {"signature": "token_endpoint_failed"}
    pause(office, retry_at=later, asked_until=later, expires_at=clock.now())
    office.sandbox.clear_requests()
    rows = sheet.run({*OF_APP, "identity"})
    assert (token_calls(sheet), red(rows)) == (0, {})
    for name in ("signature", "consent", "identity"):
        assert told(rows[name]) == ("unknown", "renewal_paused")
    assert (
        "minutes" in rows["signature"].trouble.cause
        and "Jira Cloud is down" in rows["signature"].trouble.cause
    )
    assert "just now" not in rows["client"].said
    pause(office, asked_until=None)
    assert states(sheet.run(), *OF_APP, "identity") == {"proved"}, "tried at once"
    looked(sheet, token_status=503)
    forget_pauses(sheet)
    rows = looked(sheet, drop_connection=True)
    assert red(rows) == {"jira": "unreachable"} and rows["client"].waits_for == "It is a Jira"
    assert (rows["signature"].state, rows["callback"].state) == ("waiting", "waiting")
    forget_pauses(sheet)
    rows = looked(sheet, refresh_error="invalid_grant")  # the client is looked at before the refresh token
    assert red(rows) == {"consent": "grant_refused"} and states(rows, "client", "signature") == {"proved"}


def test_whoever_leaves_and_never_comes_back_is_counted_with_the_words_to_look_for(office):
    sheet = sheet_of(office)
    begin(office)
    begin(office)
    row = sheet.run(OF_APP)["callback"]
    assert told(row) == ("unknown", "callback_unproved")
    assert "came back: 2" in row.trouble.cause and "Somebody last came back" in row.said
    for text in ("Callback URL mismatch", "You don't have access to this app", office.account.callback_path):
        assert text in row.trouble.fix
    office.consent(office.tenant.admin, "account", "admin")
    assert sheet.run(OF_APP)["callback"].state == "proved"


def test_who_came_back_to_another_address_proves_nothing_of_this_one(office):
    sheet = sheet_of(office)
    with office.work.write() as session:
        session.execute(
            update(AlmAccount)
            .where(AlmAccount.id == office.account_id)
            .values(portal_url="https://old.example.com")
        )
    assert told(sheet.run(OF_APP)["callback"]) == ("unknown", "callback_unproved")


def test_of_another_client_id_nothing_is_known(office):
    """A flow that came back by the former one is none of its."""
    other = office.sandbox.make_app(client_secret=f"ATOA{canaries.new('other-secret')}")
    apps.set_client(office.work, office.account_id, other.client_id, other.client_secret)
    rows = sheet_of(office).run()
    codes = ("client_unproved", "secret_unproved", "callback_unproved")
    assert [told(rows[name]) for name in OF_APP[:3]] == [("unknown", code) for code in codes]
    assert told(rows["consent"]) == ("failed", "app_changed")


def test_a_draft_says_what_is_still_to_come(portal, sandbox, tenant):
    work = at_browser(tenant, tenant.admin)
    account_id = drafts.create_draft(work, KINDS["cloud_oauth"], tenant.slug)
    sheet = Sheet(portal, sandbox, tenant, account_id)
    assert red(sheet.run()) == {"address": "address_missing"}
    sites.set_site(work, registry_of(portal), account_id, sandbox.sites["acme"])
    rows = sheet.run()
    assert red(rows) == {"client": "app_incomplete"}
    assert {rows[name].waits_for for name in ("signature", "callback")} == {"Consumer or client known"}


def test_a_draft_of_which_nobody_consented_yet(portal, sandbox, tenant):
    office = cloud_draft(portal, sandbox, tenant)
    rows = sheet_of(office).run()
    assert red(rows) == {"consent": "not_connected"}
    assert states(rows, *OF_APP[:3]) == {"unknown"}
    office.consent(tenant.admin, "account", "admin")
    rows = sheet_of(office).run()
    assert red(rows) == {"consent": "waits_for_confirmation"}
    assert states(rows, *OF_APP[:3]) == {"proved"}


def test_the_operator_mends_the_shared_app(portal, sandbox, tenant, sign_in):
    admin = sign_in(tenant.admin)
    desk = shared_desk(portal, sandbox, tenant, admin)
    desk.authorise_shared(admin)
    sheet = sheet_of(desk)
    rows = sheet.run()
    assert red(rows) == {} and states(rows, *OF_APP, "points", "site", "scopes") == {"proved"}
    assert "points used" in rows["points"].said
    rows = looked(sheet, client_secret_wrong=True)
    assert red(rows) == {"signature": "shared_app_refused"}
    assert "operator" in rows["signature"].trouble.owner
