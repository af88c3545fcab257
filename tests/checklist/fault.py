"""The shape of a fault of a connection, and how those are brought about for which there is no switch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update

from portal import clock
from portal.alm_accounts import accounts, apps
from portal.credentials import flows, reporting
from portal.store.tables import AccountToReport, AlmAccount, Credential, SharedPoints
from portal.store.work import NOBODY, Work
from tests.support.accounts import at_browser, registry_of
from tests.support.checklist import Sheet
from tests.support.sandbox import CloudApp

Switches = Mapping[str, Any]
Act = Callable[[Sheet], None]


@dataclass(frozen=True)
class Fault:
    """``way``: of an account that has it. It turns ``row`` into ``state`` by the problem ``code``.

    ``switches`` of the practice Jira bring it about, and ``act`` where none does; ``at`` is the address the
    account calls (``Desks.at``). ``also``: other rows that are rightly red by it. ``evidence``: what decides
    between two wordings of the problem, or is named in it. ``spoils``: the account cannot be put back.
    ``hangs``: something does not answer. ``portal_url``: the address this portal has meanwhile.
    """

    name: str
    way: str
    row: str
    code: str
    state: str = "failed"
    switches: Switches = field(default_factory=dict)
    at: str = ""
    act: Act | None = None
    also: Mapping[str, str] = field(default_factory=dict)
    evidence: Mapping[str, str] = field(default_factory=dict)
    spoils: bool = False
    hangs: bool = False
    portal_url: str = ""


def edit(**values: Any) -> Act:
    """Columns of the account itself."""

    def act(sheet: Sheet) -> None:
        with sheet.work.write() as session:
            session.execute(update(AlmAccount).where(AlmAccount.id == sheet.account_id).values(**values))

    return act


def _of_credentials(sheet: Sheet, *whose: Any, **values: Any) -> None:
    """Columns of credentials, or with none the end of them."""
    wanted = (Credential.account_id == sheet.account_id, *whose)
    change = update(Credential).values(**values) if values else delete(Credential)
    with sheet.work.write() as session:
        session.execute(change.where(*wanted))


def forget_people(sheet: Sheet) -> None:
    """Nobody is connected but the account itself."""
    _of_credentials(sheet, Credential.user_id.is_not(None))


def forget_the_account(sheet: Sheet) -> None:
    """The account itself was never authorised."""
    _of_credentials(sheet, Credential.user_id.is_(None))


def ends_in(days: int) -> Act:
    """The account's own credential ends in so many days."""
    return lambda sheet: _of_credentials(
        sheet, Credential.user_id.is_(None), expires_at=clock.now() + timedelta(days=days, hours=1)
    )


def connect_a_person_as_the_account(sheet: Sheet) -> None:
    """Somebody is connected as the Jira user that stands behind the account."""
    with sheet.work.read() as session:
        own = select(Credential.jira_key).where(
            Credential.account_id == sheet.account_id, Credential.user_id.is_(None)
        )
        key = session.scalar(own)
    _of_credentials(sheet, Credential.user_id.is_not(None), jira_key=key)


def remove_the_app(sheet: Sheet) -> None:
    """The person who authorised the account takes it back on Atlassian's page of connected apps."""
    app = accounts.account(sheet.work, sheet.account_id).app
    assert app is not None and app.client_id
    sheet.sandbox.end_grant(CloudApp("", app.client_id, ""), "admin")


def begin_a_consent(sheet: Sheet) -> None:
    """Somebody is sent to the consent page, and does not come back."""
    work = at_browser(sheet.tenant, sheet.tenant.admin)
    path = accounts.account(work, sheet.account_id).callback_path
    flows.start(work, registry_of(sheet.portal), flows.FlowRequest(sheet.account_id, "account", path))


def ask_for(*without: str) -> Act:
    """The app asks for fewer permissions than were granted: the admin unticked these."""

    def act(sheet: Sheet) -> None:
        app = accounts.account(sheet.work, sheet.account_id).app
        assert app is not None
        apps.set_scopes(sheet.work, sheet.account_id, [one for one in app.scopes if one not in without])

    return act


def report(sheet: Sheet) -> None:
    """The time has come to report to Atlassian."""
    app = accounts.account(sheet.work, sheet.account_id).app
    assert app is not None and app.client_id
    everywhere = Work(sheet.tenant.store, None, NOBODY)
    with everywhere.write() as session:
        held = AccountToReport.client_id == app.client_id
        session.execute(update(AccountToReport).where(held).values(due_at=clock.now() - timedelta(minutes=1)))
    reporting.report_due(everywhere, registry_of(sheet.portal), reporting.subject_of(app.client_id))


def use_up_points(sheet: Sheet) -> None:
    """This organisation has had its share of the shared app's calls in this hour, and in the next."""
    shared = registry_of(sheet.portal).cloud.shared_app
    assert shared is not None
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    with sheet.work.write() as session:
        session.execute(delete(SharedPoints).where(SharedPoints.tenant_id == sheet.tenant.id))
        for at in (hour, hour + timedelta(hours=1)):
            about = {"client_id": shared.client_id, "tenant_id": sheet.tenant.id}
            session.add(SharedPoints(hour=at, points=shared.points, **about))
