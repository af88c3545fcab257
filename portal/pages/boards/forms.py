"""Forms of the boards' pages."""

from flask_wtf import FlaskForm
from wtforms import SearchField, SelectField, StringField

from portal.alm_accounts.accounts import AccountView

NAME_HINT = "What your people will see. It can differ from the name in Jira."


class ChooseForm(FlaskForm):
    """Which account, and which of its boards to list. Sent by GET: it changes nothing."""

    class Meta:
        """A GET form carries no token: it would end up in the URL."""

        csrf = False

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
