"""Filters of pages of the record."""

from uuid import UUID

from wtforms import SelectField

from portal.alm_accounts.account_views import AccountView
from portal.audit.uses_choices import accounts_of, programs_of
from portal.audit.uses_wanted import HANDED_OUT, METHODS
from portal.store.work import Work
from portal.web.activity import OUTCOME_WORDS
from portal.web.forms import ShownForm, offered
from portal.web.timelines import DaysForm, TimelineForm

SENT = ((HANDED_OUT, "Credential handed out"), *((one, one) for one in METHODS))


class MyUsesForm(DaysForm):
    """Which uses of one's own credential to list."""

    method = SelectField("What programs sent", choices=offered("Everything", SENT))
    outcome = SelectField("Outcome", choices=offered("Both", OUTCOME_WORDS))


class UsesForm(TimelineForm, MyUsesForm):
    """Which uses of an account's credentials to list."""

    def offer(self, at: Work, account: AccountView) -> None:
        """Offer the programs with a key for it too: most of what they do stands in the ledger alone."""
        super().offer(at, account)
        known = {choice.value for choice in self.person.choices}
        more = [(id, f"{name} (program)") for id, name in programs_of(at, account.id) if id not in known]
        self.person.choices += offered("", more)[1:]


class ProgramUsesForm(MyUsesForm):
    """Which uses by a program to list."""

    account = SelectField("ALM account")

    def offer(self, at: Work, key_id: UUID) -> None:
        """Offer the accounts that the key was made for."""
        self.account.choices = offered("All accounts", accounts_of(at, key_id))


class MembersForm(ShownForm):
    """Whose sign-ins to list."""

    person = SelectField("Person")
