"""What templates ask for about an account's future: what ends when, and how reporting stands."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from flask import Flask
from flask_login import current_user

from portal.alm_accounts.account_views import AccountView
from portal.alm_accounts.endings import Calendar, calendar
from portal.credentials.report_standing import Standing, standing
from portal.web.place import place, registry, work


def set_up_ends(app: Flask) -> None:
    """Give every template :func:`calendar_of` and :func:`reporting_of`."""
    app.jinja_env.globals["reporting_of"] = reporting_of
    app.jinja_env.globals["calendar_of"] = calendar_of


def calendar_of(accounts: Iterable[AccountView], *, own_only: bool = False) -> Calendar:
    """What ends of these accounts; a member sees their own, as an admin does with ``own_only``."""
    is_proxied = registry().outbound.wire.proxy is not None
    is_admin = place().is_admin and not own_only
    zone = ZoneInfo(current_user.time_zone)
    return calendar(work(), accounts, zone, is_admin=is_admin, is_proxied=is_proxied)


def reporting_of(account: AccountView) -> Standing:
    """How the account stands with telling Atlassian whose data is held here."""
    return standing(work(), account.id, account.kind)
