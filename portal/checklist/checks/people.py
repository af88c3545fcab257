"""Whether a second person could connect: what the first one's consent never shows."""

from portal.alm_accounts.account_views import AccountView
from portal.checklist.calls import Calls
from portal.checklist.outcome import Outcome, proved, warning
from portal.checklist.row import Row


def second_person(calls: Calls) -> Outcome:
    """A warning until somebody else is connected as another Jira user; it names the page to send them."""
    scene = calls.scene
    page = f"{scene.portal_url}{scene.connect_path}"
    tried = "Looked for somebody else's connection that works, as another Jira user than the account's own."
    if scene.has_second_person:
        return proved(
            f"Somebody else is connected as another Jira user. Everybody connects on {page}.", tried
        )
    if not scene.account.saved:
        return warning("second_person_later", tried=tried)
    return warning(_by_app(scene.account), tried=tried, page=page)


def _by_app(account: AccountView) -> str:
    """An app at Atlassian is its maker's alone until it is shared; the operator's is shared with all."""
    needs_sharing = account.kind.is_cloud and account.kind.consent is not None
    return "second_person_unshared" if needs_sharing and not account.is_by_shared_app else "second_person"


def _has_people(account: AccountView) -> bool:
    return bool(account.kind.person_by)


ROWS = (
    Row(
        "second_person",
        "A second person could connect",
        second_person,
        after=("identity",),
        applies=_has_people,
    ),
)
