"""Tokens and passwords that people paste: tried, then connected.

No call tells what a token is. So a Jira Cloud token is tried where one without scopes works, at the site,
then where one with scopes works, at Atlassian's gateway, and the way that worked is remembered ("Manage API
tokens for your Atlassian account"). A token proves an identity or it is not stored as a credential: a Jira
may answer a bad one as if nobody had signed in (mission row A7).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.orm import Session

from portal.audit.log import About, record
from portal.credentials import jira_tries
from portal.credentials.connections import TokenConnection, read_token
from portal.credentials.flow_rows import membership_trouble
from portal.credentials.given import Given, TypedToken
from portal.credentials.keeping import Holder, keep
from portal.credentials.registry import HeldToken, Registry
from portal.credentials.token_drafts import drop_draft, read_draft
from portal.credentials.token_refusals import named_by, told_as
from portal.credentials.ways import methods_for
from portal.errors import NotHere
from portal.jira.answers import Code, JiraTrouble
from portal.jira.client import Identity
from portal.jira.pats import pat_end
from portal.kinds.methods import API_TOKEN, PAT, SCOPED_TOKEN
from portal.people.tenants import hold_membership
from portal.store.tables import AlmAccount
from portal.store.work import Work


@dataclass(frozen=True)
class Outcome:
    """How a try ended: with a credential, or with the code of a problem and its evidence."""

    identity: Identity | None = None
    credential_id: UUID | None = None
    code: str | None = None
    evidence: dict[str, str] | None = None


def connect(work: Work, registry: Registry, account_id: UUID, user_id: UUID | None) -> Outcome:
    """Try what is kept, and connect with it if Jira says whose it is.

    A person's takes effect at once; the account's own waits until an admin confirmed the identity. Raises
    :class:`NotHere` when nothing is kept or the account is not complete.
    """
    with work.read() as session:
        connection = read_token(session, account_id)
        methods = methods_for(session, account_id, user_id)
        draft = read_draft(session, account_id, user_id)
    try:
        tried = jira_tries.counted(work, account_id, user_id, draft.method, draft.held.login)
        with tried, registry.within_ceiling(connection):
            typed, identity = _tried(registry, connection, methods, draft)
    except JiraTrouble as trouble:
        _note_failure(work, account_id, str(trouble.code))
        return Outcome(code=str(trouble.code), evidence=dict(trouble.evidence))
    with work.write() as session:
        return _keep(session, work, connection, user_id, Given(identity, typed=typed))


def _tried(
    registry: Registry, connection: TokenConnection, methods: tuple[str, ...], draft: TypedToken
) -> tuple[TypedToken, Identity]:
    """What was typed with the method by which it works, and whose it is. Raises JiraTrouble."""
    if not connection.is_cloud:
        return _at_server(registry, connection, draft)

    def at(method: str) -> Identity:
        return _whose(registry, connection, replace(draft, method=method).held)

    if API_TOKEN in methods:
        method, identity = _by_either(at)
    else:
        method, identity = SCOPED_TOKEN, _by_gateway_only(at)
    return replace(draft, method=method), identity


def _by_either(at: Callable[[str], Identity]) -> tuple[str, Identity]:
    """Site first, gateway second: the site refuses a token with scopes as it refuses a wrong one."""
    try:
        return API_TOKEN, at(API_TOKEN)
    except JiraTrouble as trouble:
        if trouble.code is not Code.TOKEN_REFUSED:
            raise
    with _identity_named():
        return SCOPED_TOKEN, at(SCOPED_TOKEN)


def _by_gateway_only(at: Callable[[str], Identity]) -> Identity:
    """Where a token with scopes is wanted, one without is told as such: it works at the site."""
    try:
        with _identity_named():
            return at(SCOPED_TOKEN)
    except JiraTrouble as trouble:
        if trouble.code is not Code.TOKEN_REFUSED:
            raise
    at(API_TOKEN)
    raise JiraTrouble(Code.CLASSIC_TOKEN)


@contextmanager
def _identity_named() -> Iterator[None]:
    """At the first call a scope that is missing is one of those that tell whose token it is."""
    try:
        yield
    except JiraTrouble as trouble:
        if trouble.code is not Code.TOKEN_LACKS_SCOPE:
            raise
        raise told_as(Code.TOKEN_LACKS_IDENTITY, trouble) from None


def _whose(registry: Registry, connection: TokenConnection, held: HeldToken) -> Identity:
    with named_by(held.method):
        identity = registry.token_jira(connection, held).myself()
    if not identity.active:
        raise JiraTrouble(Code.USER_DISABLED, name=identity.display_name)
    return identity


def _at_server(
    registry: Registry, connection: TokenConnection, draft: TypedToken
) -> tuple[TypedToken, Identity]:
    """A password, or a personal access token, of which that Jira may tell the end."""
    identity = _whose(registry, connection, draft.held)
    if draft.method != PAT:
        return draft, identity
    told = pat_end(registry.token_jira(connection, draft.held))
    return replace(draft, ends_at=told.ends_at if told.known else draft.ends_at), identity


def _keep(
    session: Session, work: Work, connection: TokenConnection, user_id: UUID | None, given: Given
) -> Outcome:
    """Store it, unless account or membership changed while Jira was asked."""
    account_id = connection.account_id
    account = session.get(AlmAccount, (work.tenant, account_id), with_for_update=True)
    hold_membership(session, work.tenant, work.user_id)
    if account is None:
        return Outcome(code="account_deleted")
    if left := membership_trouble(session, work, "person" if user_id else "account"):
        return Outcome(code=left)
    if account.version != connection.version or not _takes(session, account_id, user_id, given.method):
        return Outcome(code="account_changed")
    credential_id = keep(session, work, Holder(account_id, user_id, work.user_id), given)
    drop_draft(session, account_id, user_id)
    return Outcome(given.identity, credential_id)


def _takes(session: Session, account_id: UUID, user_id: UUID | None, method: str) -> bool:
    """Whether the account, which may have begun to be converted meanwhile, still takes this method."""
    try:
        return method in methods_for(session, account_id, user_id)
    except NotHere:
        return False


def _note_failure(work: Work, account_id: UUID, code: str) -> None:
    with work.write() as session:
        about = About(account_id=account_id, subject_id=work.user_id)
        record(session, work, "token.tried", outcome="failed", **about, code=code)
