"""Testing a connection: who it acts as, which Jira it reaches, and that a spoiled signature is refused.

"200" proves nothing: a Jira that ignores credentials answers anonymous visitors too (mission row A7).
"""

from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal import clock
from portal.alm_accounts import certificates
from portal.alm_accounts.abilities import Tried, tried
from portal.alm_accounts.accounts import get_account
from portal.audit.log import About, record
from portal.credentials.acting_as import Acting, NotConnected, acting_as
from portal.credentials.grants import hold_grant
from portal.credentials.held_data import fetched
from portal.credentials.registry import Registry
from portal.jira.answers import Code, JiraTrouble
from portal.jira.client import Identity, ServerInfo
from portal.kinds.methods import CONTROLS, SCOPED_TOKEN
from portal.store.tables import AlmAccount, Credential
from portal.store.work import Work


@dataclass(frozen=True)
class TestResult:
    """What a test saw. ``code`` is None when everything is proved; else the problem, with its evidence.

    ``abilities``: of a token with scopes, what it can do; nobody tells, so it is tried. ``spoiled`` is what
    the control sent, in words.
    """

    code: str | None
    evidence: dict[str, str]
    identity: Identity | None = None
    server: ServerInfo | None = None
    control: str | None = None
    abilities: tuple[Tried, ...] = ()
    spoiled: str = "a spoiled call"

    @property
    def passed(self) -> bool:
        """Whether identity, server and control are all as they have to be."""
        return self.code is None


def run_test(
    work: Work, registry: Registry, account_id: UUID, user_id: UUID | None, *, pending: bool = False
) -> TestResult:
    """Try the account's own credential (``user_id`` None) or a person's, and note the outcome.

    ``pending``: the one that waits for confirmation, so that it is proved before it takes effect.
    Raises :class:`NotHere` for an account that is gone.
    """
    acting: Acting | None = None
    try:
        with acting_as(work, registry, account_id, user_id, pending=pending, is_test=True) as acting:
            result = _try(acting)
            if acting.credential.method == SCOPED_TOKEN and not pending:
                result = replace(result, abilities=tuple(tried(acting.jira)))
    except NotConnected as missing:
        nobody = "person_not_connected" if user_id else "not_connected"
        return TestResult((missing.view and missing.view.code) or nobody, {})
    except JiraTrouble as trouble:
        result = TestResult(str(trouble.code), dict(trouble.evidence))
    if acting is not None:
        result = replace(result, spoiled=CONTROLS[acting.credential.method])
    with work.write() as session:
        _note(session, work, account_id, user_id, acting, result)
    if result.passed:
        certificates.look(work, registry, account_id)
    return result


def _try(acting: Acting) -> TestResult:
    identity = acting.jira.myself()
    if not identity.active:
        raise JiraTrouble(Code.USER_DISABLED, name=identity.display_name)
    server = acting.jira.server_info()
    try:
        refusal = acting.jira.forgery_refused()
    except JiraTrouble as trouble:  # Jira did not come to look at it
        return TestResult(str(trouble.code), dict(trouble.evidence), identity, server)
    if refusal is None:
        sent = CONTROLS[acting.credential.method]
        return TestResult("control_failed", {"sent": sent}, identity, server)
    return TestResult(None, {}, identity, server, str(refusal.code))


def _note(
    session: Session,
    work: Work,
    account_id: UUID,
    user_id: UUID | None,
    acting: Acting | None,
    result: TestResult,
) -> None:
    account = get_account(session, account_id, hold=True)
    credential_id = acting.credential.id if acting else None
    about = About(account_id=account_id, subject_id=credential_id)
    outcome, code = ("ok", "passed") if result.passed else ("failed", result.code)
    record(session, work, "credential.tested", outcome=outcome, **about, code=code)
    if credential_id and result.identity:
        _remember_identity(session, account, credential_id, result.identity)
    same = acting is not None and acting.version == account.version
    if user_id is None and result.passed and result.server and same:  # else the proof is of a former address
        account.tested_at = clock.now()
        account.server_info = _plain(result.server)


def _remember_identity(
    session: Session, account: AlmAccount, credential_id: UUID, identity: Identity
) -> None:
    """Names and addresses change in Jira; what is shown is what Jira said last."""
    which = (account.tenant_id, credential_id)
    row = session.get(Credential, which)
    if row is not None and row.grant_id:
        hold_grant(session, row.grant_id)
    row = session.get(Credential, which, with_for_update=True, populate_existing=True)
    if row is None or row.state == "ended":  # what was erased meanwhile stays erased
        return
    row.jira_key, row.jira_name = identity.key, identity.name
    row.jira_display_name, row.jira_email = identity.display_name, identity.email
    session.flush()
    fetched(session, account.id, identity)


def _plain(server: ServerInfo) -> dict[str, Any]:
    return {**asdict(server), "server_time": server.server_time.isoformat() if server.server_time else None}
