"""Forms of the pages of deliveries. All are sent by GET: they choose what is shown, and change nothing."""

from wtforms import SearchField, SelectField, StringField

from portal.deliveries.data_kinds import DATA_KINDS
from portal.deliveries.outcomes import OUTCOME_WORDS
from portal.deliveries.reading import Choices
from portal.deliveries.ways import WayView
from portal.web.forms import DAY, ShownForm, offered


class FilterForm(ShownForm):
    """Which deliveries to list."""

    account = SelectField("ALM account")
    type = SelectField(
        "Type", choices=offered("All types", ((kind.name, kind.title) for kind in DATA_KINDS.values()))
    )
    state = SelectField("What became of it", choices=offered("Anything", OUTCOME_WORDS.items()))
    key = SelectField("Sent by")
    issue = SearchField("Issue key")
    words = SearchField("Words of its name")
    since = StringField("From", description=DAY)
    until = StringField("To", description=DAY)

    def offer(self, choices: Choices) -> None:
        """Offer these accounts and program keys."""
        self.account.choices = offered("All accounts", choices.accounts)
        self.key.choices = offered("All programs", choices.keys)


class WhyForm(ShownForm):
    """Which issue somebody asks about."""

    issue = SearchField("Issue", description="Its key, like ABC-12, or its address in Jira.")
    account = SelectField("ALM account")

    def offer(self, ways: tuple[WayView, ...]) -> None:
        """Offer these accounts."""
        pairs = ((str(one.account_id), one.account_name) for one in ways)
        self.account.choices = offered("All accounts", pairs)
