"""Testing a connection: who it acts as, which Jira it reaches, and that a spoiled signature is refused.

"200" proves nothing: a Jira that ignores credentials answers anonymous visitors too (mission row A7).
"""

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal import clock
from portal.alm_accounts.accounts import get_account
from portal.audit.log import About, record
from portal.credentials.acting_as import Acting, NotConnected, acting_as
from portal.credentials.registry import Registry
from portal.jira.answers import JiraTrouble
from portal.jira.client import Identity, ServerInfo
from portal.store.tables import Credential
from portal.store.work import Work


@dataclass(frozen=True)
class TestResult:
    """What a test saw. ``code`` is None when everything is proved; else the problem, with its evidence."""

    code: str | None
    evidence: dict[str, str]
    identity: Identity | None = None
    server: ServerInfo | None = None
    control: str | None = None

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
        with acting_as(work, registry, account_id, user_id, pending=pending) as acting:
            result = _try(acting)
    except NotConnected as missing:
        nobody = "person_not_connected" if user_id else "not_connected"
        return TestResult((missing.view and missing.view.code) or nobody, {})
    except JiraTrouble as trouble:
        result = TestResult(str(trouble.code), dict(trouble.evidence))
    with work.write() as session:
        _note(session, work, account_id, user_id, acting, result)
    return result


def _try(acting: Acting) -> TestResult:
    identity = acting.jira.myself()
    server = acting.jira.server_info()
    refusal = acting.jira.forgery_refused()
    if refusal is None:
        return TestResult("control_failed", {}, identity, server)
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
        _remember_identity(session, work, credential_id, result.identity)
    same = acting is not None and acting.version == account.version
    if user_id is None and result.passed and result.server and same:  # else the proof is of a former address
        account.tested_at = clock.now()
        account.server_info = _plain(result.server)


def _remember_identity(session: Session, work: Work, credential_id: UUID, identity: Identity) -> None:
    """Names and addresses change in Jira; what is shown is what Jira said last."""
    row = session.get(Credential, (work.tenant, credential_id))
    if row is not None:
        row.jira_key, row.jira_name = identity.key, identity.name
        row.jira_display_name, row.jira_email = identity.display_name, identity.email


def _plain(server: ServerInfo) -> dict[str, Any]:
    return {**asdict(server), "server_time": server.server_time.isoformat() if server.server_time else None}
