"""End dates and ages of secrets: the soonest end decides, and what renews itself is none."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from portal import clock
from portal.alm_accounts.endings import ACCOUNT, OWN, PEOPLE, Ending
from portal.checklist.checks.ends import ends
from portal.kinds.methods import PAT
from portal.store.tables import Credential
from tests.support.checklist import Sheet
from tests.support.tokens import token_office

NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)


def ending(kind: str, days: int, whose: str = OWN, user_id: UUID | None = None) -> Ending:
    """Something that ends in so many days."""
    return Ending(kind, whose, uuid4(), "Acme Jira", uuid4(), NOW + timedelta(days=days), user_id)


def scene(*endings: Ending, **of_account):
    """A scene with these ends."""
    nothing = {"current_key": None, "app": None, "own": None}
    return SimpleNamespace(
        scene=SimpleNamespace(endings=endings, now=NOW, account=SimpleNamespace(**{**nothing, **of_account}))
    )


@pytest.mark.parametrize(
    ("days", "state", "code", "piece"),
    [
        (31, "proved", None, "Personal access token: ends 4 Dec 2026, in 31 days."),
        (30, "warning", "something_ends", "in 30 days"),
        (1, "warning", "something_ends", "in 1 day."),
        (0, "failed", "something_ended", "ended 3 Nov 2026"),
        (-3, "failed", "something_ended", "ended 31 Oct 2026"),
    ],
)
def test_the_day_decides(days, state, code, piece) -> None:
    found = ends(scene(ending(PAT, days)))
    assert (found.state, found.code) == (state, code) and piece in found.said


def test_the_soonest_is_told_first_and_what_has_ended_before_advice() -> None:
    found = ends(scene(ending("signing_key", -400, ACCOUNT), ending(PAT, 90), ending("idle", 12)))
    assert (found.state, found.code) == ("warning", "something_ends")
    assert found.evidence["what"] == "Consent that was not renewed"
    assert found.said.index("RSA") < found.said.index("Consent") < found.said.index("Personal access")


def test_an_old_key_is_advice() -> None:
    found = ends(scene(ending("signing_key", -400, ACCOUNT)))
    assert (found.state, found.code) == ("warning", "secret_is_old")
    assert "best replaced by 29 Sep 2025" in found.said


def test_a_certificate_is_the_row_of_tls() -> None:
    assert ends(scene(ending("certificate", -1, ACCOUNT))).state == "proved"


def test_what_people_have_is_told_and_is_theirs() -> None:
    first, second = uuid4(), uuid4()
    of_people = [ending(PAT, days, PEOPLE, who) for days, who in ((-5, first), (10, second), (99, uuid4()))]
    found = ends(scene(*of_people))
    assert found.state == "proved" and "The own connection of 2 people has ended, or ends" in found.said


def test_ages_of_secrets_are_told() -> None:
    before = NOW - timedelta(days=400)
    found = ends(
        scene(
            current_key=SimpleNamespace(made_at=before),
            app=SimpleNamespace(secret_set_at=NOW - timedelta(days=1)),
            own=SimpleNamespace(is_pasted=True, connected_at=NOW),
        )
    )
    assert found.said == (
        "RSA key made 29 Sep 2025, 400 days ago. Client secret entered 2 Nov 2026, 1 day ago. "
        "Token or password entered 3 Nov 2026, 0 days ago."
    )


def test_a_token_that_ends_soon_and_then_has(portal, sandbox, tenant) -> None:
    office = token_office(portal, sandbox, tenant)
    sheet = Sheet(portal, sandbox, tenant, office.account_id)
    assert sheet.run(("ends",))["ends"].state == "proved"
    assert "Token or password entered" in sheet.rows["ends"].said
    for days, state in ((10, "warning"), (-1, "failed")):
        end = clock.now() + timedelta(days=days, hours=1)
        with office.work.write() as session:
            of_account = update(Credential).where(Credential.account_id == office.account_id)
            session.execute(of_account.values(expires_at=end))
        row = sheet.run(("ends",))["ends"]
        assert row.state == state and "Personal access token" in row.trouble.cause
    assert "Make a new one in Jira" in row.trouble.fix
