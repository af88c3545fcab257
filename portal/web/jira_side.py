"""Where people sign out of Jira and take consent back: the one place pages ask, for every kind of account."""

from flask import Flask

from portal.alm_accounts.account_views import AccountView
from portal.kinds import KINDS
from portal.kinds.shape import JiraSide
from portal.web.place import registry


def set_up_jira_side(app: Flask) -> None:
    """Give every template :func:`jira_side` and :func:`jira_side_of`, and the kinds by name."""
    app.jinja_env.globals["jira_side"] = jira_side
    app.jinja_env.globals["jira_side_of"] = jira_side_of
    app.jinja_env.globals["kinds"] = KINDS


def jira_side(account: AccountView) -> JiraSide:
    """Jira's own pages for an account; in a practice installation those of the practice Jira."""
    return jira_side_of(account.kind.name, account.base_url or "")


def jira_side_of(kind: str, base_url: str) -> JiraSide:
    """The same by kind and address."""
    return KINDS[kind].side(base_url, registry().cloud.atlassian.auth.text)
