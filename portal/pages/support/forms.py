"""Forms of support's pages, and of the page on which a tenant's admins let support in."""

from flask_wtf import FlaskForm
from wtforms import RadioField, SearchField, SelectChoice, SelectField, StringField, TextAreaField

from portal.audit.permits import ALWAYS, ON_REQUEST
from portal.deliveries.data_kinds import DATA_KINDS
from portal.deliveries.outcomes import OUTCOME_WORDS as DELIVERY_WORDS
from portal.deliveries.reading import Choices
from portal.people.support_access import HOURS, USUAL_HOURS
from portal.web.activity import ACTIONS, OUTCOME_WORDS
from portal.web.forms import DAY, ShownForm, printable

EXAMPLE = "Example: ticket 4711, sign-in trouble."
ACCESS_WORDS = (
    (ALWAYS, "Always: whoever of support gives a reason may look for an hour"),
    (ON_REQUEST, "On request: only whom an admin here has let in"),
)


class FindForm(ShownForm):
    """Which tenants to list. Sent by GET: it changes nothing."""

    search = SearchField(
        "Name or short name", description="A part of it is enough. Empty: all organisations."
    )


class VisitForm(FlaskForm):
    """Why somebody looks into a tenant, or asks to."""

    reason = TextAreaField(
        "Reason", description=f"The organisation's admins read it in their own record. {EXAMPLE}"
    )


class SearchForm(FlaskForm):
    """What to search across tenants. Sent by POST: that it was searched is written down."""

    request_id = SearchField(
        "Request id", description="Every error page and every footer shows it.", filters=[printable]
    )
    account = StringField(
        "ALM account id", description="As the address of the account's page has it.", filters=[printable]
    )
    tenant = StringField(
        "Organisation", description="Its short name, as its addresses have it after /t/.", filters=[printable]
    )
    event = SelectField("Action", choices=ACTIONS)
    outcome = SelectField("Outcome", choices=[SelectChoice(*one) for one in (("", "Both"), *OUTCOME_WORDS)])
    since = StringField("From", description=DAY, filters=[printable])
    until = StringField("To", description=DAY, filters=[printable])


class DeliveriesForm(ShownForm):
    """Which deliveries of a tenant to list. What a program wrote is not asked for: it is not shown either."""

    account = SelectField("ALM account")
    type = SelectField(
        "Type",
        choices=[SelectChoice("", "All types")]
        + [SelectChoice(kind.name, kind.title) for kind in DATA_KINDS.values()],
    )
    state = SelectField(
        "What became of it",
        choices=[SelectChoice("", "Anything")] + [SelectChoice(*one) for one in DELIVERY_WORDS.items()],
    )
    issue = SearchField("Issue key", filters=[printable])
    since = StringField("From", description=DAY, filters=[printable])
    until = StringField("To", description=DAY, filters=[printable])

    def offer(self, choices: Choices) -> None:
        """Offer these accounts."""
        pairs = (("", "All accounts"), *choices.accounts)
        self.account.choices = [SelectChoice(value, words) for value, words in pairs]


class AccessForm(FlaskForm):
    """When support may visit the tenant."""

    access = RadioField(
        "Support may look into this organisation", choices=[SelectChoice(*one) for one in ACCESS_WORDS]
    )


class AllowForm(FlaskForm):
    """For how long one of the staff is let in."""

    hours = SelectField("For", choices=[SelectChoice(*one) for one in HOURS.items()], default=USUAL_HOURS)
