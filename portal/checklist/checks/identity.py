"""Who the account acts as, and whether its Jira checks what it is sent."""

from portal.alm_accounts.account_views import AccountView
from portal.checklist.calls import Calls
from portal.checklist.outcome import Outcome, failed, proved, unknown, warning
from portal.checklist.row import Row
from portal.jira.answers import Code, JiraTrouble
from portal.jira.client import Identity
from portal.kinds.methods import CONTROLS
from portal.store.tables import Credential


def identity(calls: Calls) -> Outcome:
    """Who Jira says the account is. That it answers with 200 proves nothing (mission row A7)."""
    found = myself(calls)
    tried = "Asked for “myself” with the account's own credential."
    if kept := _confirmed_as_another(calls, found):
        return failed("identity_changed", tried=tried, former=kept, user=found.display_name or found.name)
    if not found.active:
        return failed(str(Code.USER_DISABLED), tried=tried, name=found.display_name)
    email = f", {found.email}" if found.email else ""
    return proved(f"Jira says: {found.display_name or found.name}{email}.", tried)


def _confirmed_as_another(calls: Calls, found: Identity) -> str:
    """Whom the account was confirmed as, where that is not who Jira says now; by the key, which stays when a
    user is renamed."""
    with calls.work.read() as session:
        own = calls.scene.account.own
        row = session.get(Credential, (calls.work.tenant, own.id)) if own else None
        if row is None or not row.jira_key or row.jira_key == found.key:
            return ""
        return row.jira_display_name or row.jira_name or "another user"


def myself(calls: Calls) -> Identity:
    """Whom Jira takes the account for, asked once in a run. Raises JiraTrouble and NotConnected."""
    return calls.once("myself", lambda: _myself(calls))


def _myself(calls: Calls) -> Identity:
    with calls.as_account() as acting:
        return acting.jira.myself()


def personal(calls: Calls) -> Outcome:
    """Whether somebody's own Jira user stands behind the system."""
    if calls.scene.own_is_also:
        return warning("personal_account", people=len(calls.scene.own_is_also))
    return proved(
        "It is the own Jira user of nobody known here. Whether Jira calls it a person, no call tells.",
        "Compared its Jira user and e-mail address with those of everybody here.",
    )


def control(calls: Calls) -> Outcome:
    """Whether what is spoiled is refused: a Jira that takes anything proves nothing by taking ours."""
    with calls.as_account() as acting:
        sent = CONTROLS[acting.credential.method]
        tried = f"Tried {sent}, which has to be refused."
        try:
            refusal = acting.jira.forgery_refused()
        except JiraTrouble as trouble:  # Jira did not come to look at it
            return unknown(str(trouble.code), tried=tried, **trouble.evidence)
    if refusal is None:
        return failed("control_failed", tried=tried, sent=sent)
    return proved(f"Refused, as it has to be ({refusal.code}).", tried)


def _at_server(account: AccountView) -> bool:
    """On Jira Cloud :mod:`portal.checklist.checks.cloud_consent` tells apart what Atlassian answers alike."""
    return not account.kind.is_cloud


ROWS = (
    Row("identity", "Identity", identity, after=("jira", "consent"), applies=_at_server),
    Row("personal", "No personal account behind the system", personal, after=("identity",)),
    Row("control", "What is spoiled is refused", control, after=("identity",), control=True),
)
