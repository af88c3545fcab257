"""The timeline of one connection with its filter, as the tenant's admins and visiting support see it."""

from collections.abc import Iterable
from typing import Any

from flask import request
from wtforms import SelectField, StringField

from portal import clock
from portal.alm_accounts import holders
from portal.alm_accounts.account_views import AccountView
from portal.alm_accounts.timeline import WantedTimeline, read_timeline
from portal.audit import reading
from portal.audit.uses_wanted import OWN
from portal.errors import FieldErrors
from portal.kinds import methods
from portal.store.work import Work
from portal.web.activity import my_zone
from portal.web.forms import DAY, ShownForm, offered, printable, show_errors

Pairs = Iterable[tuple[str, str]]


class DaysForm(ShownForm):
    """From one day to another."""

    since = StringField("From", description=DAY, filters=[printable])
    until = StringField("To", description=DAY, filters=[printable])


class TimelineForm(DaysForm):
    """What of a connection's timeline to list."""

    person = SelectField("Who did it")
    whose = SelectField("Whose connection")

    def offer(self, at: Work, account: AccountView) -> None:
        """Offer those who did something in the tenant, and those who have a connection to the account."""
        self.person.choices = offered("Everybody", reading.read_choices(at).people)
        held = holders.of_account(at, account.id)
        self.whose.choices = offered("Everybody's", ((OWN, "The account's own"), *held))


def shown_timeline(at: Work, account: AccountView) -> tuple[dict[str, Any], int]:
    """What ``audit/timeline_parts.html`` shows of an account of the tenant of ``at`` for this request, and
    the answer's status. ``wanted`` and ``timeline`` are None where a field of the filter cannot be read."""
    form = TimelineForm(request.args)
    form.offer(at, account)
    shown: dict[str, Any] = {"account": account, "form": form, "wanted": None, "timeline": None}
    shown |= {"broken": holders.broken(at, account.id), "method_names": methods.NAMES, "now": clock.now()}
    try:
        shown["wanted"] = WantedTimeline.of(request.args)
    except FieldErrors as error:
        show_errors(form, error)
        return shown, 422
    shown["timeline"] = read_timeline(at, account, shown["wanted"], my_zone())
    return shown, 200
