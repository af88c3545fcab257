"""Testing an account that only sends, and taking its credential as its own (mission row D1).

A token is got, and each permission ticked is tried by sending a list of nothing: no build is ever made up.
There is nobody to confirm: a credential of a site has no identity, and proves itself by what it may send.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal import clock
from portal.alm_accounts import next_credential
from portal.alm_accounts.accounts import get_account
from portal.audit.log import About, record
from portal.credentials import two_legged
from portal.credentials.acting_as import find_credential
from portal.credentials.connections import SendingConnection, read_sending
from portal.credentials.delivery_ways import go_on, hold_way, let_in, try_again_now
from portal.credentials.registry import Registry
from portal.credentials.views import CredentialView, view_of
from portal.errors import NotHere
from portal.jira.answers import Code, JiraTrouble
from portal.jira.bulk import OF_THE_SITE, Allowed, allowed
from portal.jira.oauth2_tokens import TokenPair
from portal.kinds import KINDS
from portal.kinds.sent_data import SentData, ticked
from portal.store.tables import CloudSite
from portal.store.work import Work


@dataclass(frozen=True)
class TriedPermission:
    """Whether data of one sort may be sent; ``trouble`` is what came back instead of a clear answer."""

    data: SentData
    allowed: Allowed
    trouble: JiraTrouble | None = None


@dataclass(frozen=True)
class DeliveryTest:
    """What a test saw. ``code`` is None when it passed; else the problem, with its evidence.

    ``has_token``: Atlassian took client ID and secret. ``saved``: this test finished the set-up.
    ``is_of_next``: it tried what was entered beside the credential that serves.
    """

    code: str | None
    evidence: Mapping[str, str] = field(default_factory=dict)
    has_token: bool = False
    tried: Sequence[TriedPermission] = ()
    saved: bool = False
    is_of_next: bool = False

    @property
    def passed(self) -> bool:
        """Whether there is a token, and what was ticked may be sent as far as Jira lets it be seen."""
        return self.code is None


@dataclass(frozen=True)
class _Ground:
    """What a test is of: the way, what is ticked, and the credential that serves, if one does.
    ``entered_at``: when client ID and secret were entered, where they are to replace that one."""

    connection: SendingConnection
    data: Sequence[SentData]
    own: CredentialView | None
    entered_at: datetime | None


def run_delivery_test(work: Work, registry: Registry, account_id: UUID) -> DeliveryTest:
    """Try client ID, secret and permissions of an account, and note the outcome.

    When it passes, they are the account's own credential from here on; a draft is saved by it, and what waits
    is sent. When it does not, what served before goes on.

    Raises :class:`NotHere` for an account that is gone, and for one that does not only send.
    """
    ground = _read(work, account_id)
    if ground is None:
        return DeliveryTest("delivery_incomplete")
    pair: TokenPair | None = None
    try:
        with registry.within_ceiling(ground.connection):
            # A refusal of what was entered is no matter of what serves.
            own = ground.own if ground.entered_at is None else None
            pair = two_legged.ask_to_test(work, registry, ground.connection, own)
            result = _judged(_tried(registry, ground, pair))
    except JiraTrouble as trouble:
        result = DeliveryTest(str(trouble.code), trouble.evidence)
    result = replace(result, is_of_next=ground.entered_at is not None)
    with work.write() as session:
        return _note(session, work, ground, pair, result)


def _read(work: Work, account_id: UUID) -> _Ground | None:
    """None while site, client ID or secret are still to come."""
    with work.read() as session:
        if not KINDS[get_account(session, account_id).kind].only_sends:
            raise NotHere
        try:
            connection, entered_at = next_credential.to_test(session, read_sending(session, account_id))
        except NotHere:
            return None
        row = find_credential(session, account_id, None)
        own = view_of(session, row) if row else None
        return _Ground(connection, ticked(connection.app.scopes), own, entered_at)


def _tried(registry: Registry, ground: _Ground, pair: TokenPair) -> list[TriedPermission]:
    site, atlassian = two_legged.site_of(ground.connection), registry.cloud.atlassian
    with registry.cloud_session(pair.access_token) as session:
        return [
            TriedPermission(data, *allowed(session, atlassian, data.path(site), data.nothing))
            for data in ground.data
        ]


def _judged(tried: Sequence[TriedPermission]) -> DeliveryTest:
    """It passes with one permission granted, and none of those ticked missing."""
    found = DeliveryTest(None, has_token=True, tried=tried)
    missing = [one.data.permission for one in tried if one.allowed is Allowed.MISSING]
    if missing:
        return replace(found, code="delivery_permission_missing", evidence={"missing": ", ".join(missing)})
    if any(one.allowed is Allowed.GRANTED for one in tried):
        return found
    troubles = [one.trouble for one in tried if one.trouble]
    if any(trouble.code in OF_THE_SITE for trouble in troubles):
        return replace(found, code="delivery_site")
    if not troubles or troubles[0].code is Code.BAD_REQUEST:
        return replace(found, code="delivery_permissions_untold")
    return replace(found, code=str(troubles[0].code), evidence=troubles[0].evidence)


def _note(
    session: Session, work: Work, ground: _Ground, pair: TokenPair | None, result: DeliveryTest
) -> DeliveryTest:
    account_id = ground.connection.account_id
    account = get_account(session, account_id, hold=True)
    # Else it is of settings that were changed meanwhile.
    same = account.version == ground.connection.version
    same = same and next_credential.is_still(session, account_id, ground.entered_at)
    own = ground.own.id if ground.own else None
    if same and pair is not None and result.passed:
        if result.is_of_next:
            next_credential.take_over(session, work, account_id)
        own = two_legged.keep(session, work, account_id, pair)
        account.tested_at = clock.now()
        _pin(session, account_id)
    is_of_own = result.passed or not result.is_of_next
    if same and is_of_own and result.tried and (way := hold_way(session, account_id)):
        way.granted = {one.data.name: str(one.allowed) for one in result.tried}
        let_in(session, work, way, [one.data.name for one in result.tried if one.allowed is Allowed.GRANTED])
        go_on(session, way)
    outcome, code = ("ok", "passed") if result.passed else ("failed", result.code)
    about = About(account_id=account_id, subject_id=own)
    record(session, work, "credential.tested", outcome=outcome, **about, code=code)
    if not (same and result.passed):
        return result
    try_again_now(session, work, account_id)
    if account.saved_at is None:
        account.saved_at = clock.now()
        record(session, work, "account.saved", account_id=account_id)
        return replace(result, saved=True)
    return result


def _pin(session: Session, account_id: UUID) -> None:
    """The site the credential proved itself at is the only one from now."""
    site = session.get_one(CloudSite, (session.info["tenant_id"], account_id))
    if site.pinned_at is None:
        site.pinned_at = clock.now()
