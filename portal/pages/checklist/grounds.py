"""What the pages of the checklist say beside its rows: remedies with their values, names, and the report."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from zoneinfo import ZoneInfo

from flask import url_for

from portal import __version__, clock
from portal.alm_accounts.account_views import AccountView
from portal.checklist.history import asked_by
from portal.checklist.pages_named import Grounds
from portal.checklist.plain import Report
from portal.checklist.remedies import Remedy, remedies
from portal.checklist.shown import Checklist, RowView
from portal.checklist.verdict import verdict
from portal.kinds.atlassian_pages import atlassian_pages
from portal.people import users
from portal.web.guides import facts_of
from portal.web.jira_side import jira_side
from portal.web.place import place, registry, settings, work

# Pages of ours that a remedy names: where they are, and what leads there.
PAGES: Mapping[str, tuple[str, str]] = {
    "set_up": ("set_up.show", "Open the set-up page"),
    "settings": ("alm_accounts.settings", "Open Settings"),
    "overview": ("alm_accounts.overview", "Open the overview"),
    "fields": ("set_up.fields", "Open Fields"),
    "people": ("connected_people.show", "Open Connected people"),
}
TENANTS_PAGES: Mapping[str, tuple[str, str]] = {
    "boards": ("boards.index", "Open Boards"),
    "new": ("alm_accounts.new", "Add an ALM account"),
}


@dataclass(frozen=True)
class Step:
    """A remedy with the addresses of our own pages, as pairs of address and text."""

    remedy: Remedy
    pages: tuple[tuple[str, str], ...]


def remedies_here(account: AccountView, row: RowView) -> list[Step]:
    """What to do about a row, for an admin at this portal."""
    steps = remedies(_grounds(account), row)
    return [Step(step, tuple(_ours(account, page) for page in step.pages)) for step in steps]


def asked_by_words(found: Checklist) -> str:
    """Who asked for the run that was begun last."""
    if found.run is None:
        return ""
    asker = found.run.asked_by
    return asked_by(found.run.why, asker, users.names(work(), [asker]) if asker else {})


def report_of(account: AccountView, found: Checklist, zone: ZoneInfo) -> Report:
    """The checklist for readers elsewhere."""
    said = Report(
        title=f"Checklist of {account.name}",
        facts=(),
        admins=f"an admin of {place().tenant.name} in Almoner",
        checklist=found,
        verdict=verdict(found),
        remedies=partial(remedies, _grounds(account)),
        zone=zone,
    )
    last = (
        f"{said.moment(found.run.started_at)}, asked for by {asked_by_words(found)}" if found.run else "none"
    )
    facts = (
        ("Organisation", place().tenant.name),
        ("ALM account", f"{account.name} ({account.id})"),
        ("Kind", account.kind.title),
        ("Address of Jira", account.base_url or "not entered yet"),
        ("Acts as", account.own.display_name if account.own else "nobody yet"),
        ("Last run", last),
        ("Written", said.moment(clock.now())),
        ("Portal", f"Almoner {__version__} at {settings().base_url}"),
    )
    return replace(said, facts=facts)


def _grounds(account: AccountView) -> Grounds:
    console = atlassian_pages(registry().cloud.atlassian.auth.text).console
    facts = replace(facts_of(account), console_url=console)
    if account.current_key is not None:
        key = account.current_key
        facts = replace(facts, consumer_key=key.consumer_key, public_pem=key.public_pem)
    return Grounds(account, facts, jira_side(account))


def _ours(account: AccountView, page: str) -> tuple[str, str]:
    """A page of ours. A draft has its set-up only; on Jira Cloud the address stands there too."""
    if page in TENANTS_PAGES:
        endpoint, text = TENANTS_PAGES[page]
        return url_for(endpoint), text
    if page == "address":
        page = "set_up" if account.kind.is_cloud or not account.saved else "settings"
    if page == "authorise":
        return _authorise(account)
    endpoint, text = PAGES["set_up" if not account.saved and page != "settings" else page]
    return url_for(endpoint, account_id=account.id), text


def _authorise(account: AccountView) -> tuple[str, str]:
    """Where the account itself is connected anew, and the button there."""
    by_consent = bool(account.kind_in_set_up.consent)
    if account.saved and by_consent:
        button = "Reauthorise" if account.own else "Get auth token"
        return url_for(
            "alm_accounts.overview", account_id=account.id
        ), f"Open the overview and press {button}"
    button = "Get auth token" if by_consent else "Connect"
    return url_for("set_up.show", account_id=account.id), f"Open the set-up page and press {button}"
