"""The list of a tenant's audit with its filter, as the tenant's admins and visiting support see it."""

from typing import Any
from zoneinfo import ZoneInfo

from flask import request
from flask_login import current_user
from wtforms import SearchField, SelectChoice, SelectField, StringField

from portal.audit import events, reading
from portal.audit.filtering import Wanted
from portal.audit.reading import Choices
from portal.errors import FieldErrors
from portal.store.work import Work
from portal.web.forms import DAY, ShownForm, offered, printable, show_errors

OUTCOME_WORDS = (("ok", "Went well"), ("failed", "Failed"))
ACTIONS = [SelectChoice("", "All actions")] + [
    SelectChoice(event.name, event.title, optgroup=title)
    for title, group in events.grouped().items()
    for event in group
]


class FilterForm(ShownForm):
    """Which lines to list."""

    person = SelectField("Person or program")
    account = SelectField("ALM account")
    event = SelectField("Action", choices=ACTIONS)
    outcome = SelectField("Outcome", choices=offered("Both", OUTCOME_WORDS))
    since = StringField("From", description=DAY, filters=[printable])
    until = StringField("To", description=DAY, filters=[printable])
    request_id = SearchField("Request id", description="Error pages show it.", filters=[printable])

    def offer(self, choices: Choices) -> None:
        """Offer these people and accounts."""
        self.person.choices = offered("Everybody", choices.people)
        self.account.choices = offered("All accounts", choices.accounts)


def shown_lines(at: Work) -> tuple[dict[str, Any], int]:
    """What ``audit/lines.html`` shows of the tenant of ``at`` for this request, and the answer's status.

    ``wanted`` and ``lines`` are None where a field of the filter cannot be read.
    """
    form = FilterForm(request.args)
    form.offer(reading.read_choices(at))
    try:
        wanted = Wanted.of(request.args)
    except FieldErrors as error:
        show_errors(form, error)
        return {"form": form, "wanted": None, "lines": None}, 422
    lines, closed = reading.read_lines(at, wanted, my_zone()), reading.closed_until(at)
    return {"form": form, "wanted": wanted, "lines": lines, "closed_until": closed}, 200


def my_zone() -> ZoneInfo:
    """Where the person is whose days count."""
    return ZoneInfo(current_user.time_zone)
