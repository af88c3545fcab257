"""Forms of the boards' pages."""

from flask_wtf import FlaskForm
from wtforms import SearchField, SelectField, SelectMultipleField, StringField

from portal.alm_accounts.account_views import AccountView
from portal.boards.moves import Move, ticks_of
from portal.web.forms import ShownForm

NAME_HINT = "What your people will see. It can differ from the name in Jira."


class ChooseForm(ShownForm):
    """Which account, and which of its boards to list."""

    account_id = SelectField("ALM account")
    search = SearchField(
        "Name of the board in Jira", description="A part of it is enough. Empty: all boards."
    )

    def offer(self, accounts: list[AccountView]) -> AccountView | None:
        """Offer these accounts; the one that was chosen, or the only one there is."""
        self.account_id.choices = [(str(account.id), account.name) for account in accounts]
        chosen = {str(account.id): account for account in accounts}.get(self.account_id.data or "")
        return chosen or (accounts[0] if len(accounts) == 1 else None)


class NameForm(FlaskForm):
    """The portal's name of a board; the rules judge it."""

    name = StringField("Name", description=NAME_HINT)


class MoveForm(FlaskForm):
    """Which issues to move where; the rules judge it."""

    issue = SelectMultipleField("Issues", id="issues", validate_choice=False)
    to = StringField("Move the ticked issues to", id="move-target")

    @property
    def move(self) -> Move:
        """What was ticked and chosen."""
        return Move(self.to.data or "", ticks_of(self.issue.data or ()))

    @property
    def ticked(self) -> frozenset[str]:
        """The keys of the issues that are ticked."""
        return frozenset(tick.key for tick in self.move.ticks)
