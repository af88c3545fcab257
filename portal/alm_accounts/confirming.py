"""Taking the identity an admin said was meant as the account's own, once its test has passed."""

from uuid import UUID

from sqlalchemy.orm import Session

from portal import clock
from portal.alm_accounts.accounts import get_account
from portal.alm_accounts.conversion import switch, under_way
from portal.credentials import keeping
from portal.errors import Refused
from portal.kinds import KINDS
from portal.store.tables import CloudSite, Conversion, Credential
from portal.store.work import Work

NOT_BY_CONSENT = (
    "This account is changing to consents, so its own token has to come by one: that proves the new way for "
    "everybody. Press Get auth token on the set-up page."
)


def confirm(work: Work, account_id: UUID, credential_id: UUID) -> None:
    """Take the credential that waits as the account's own; :class:`NotHere` when it waits no longer.

    Where the account is changing the way it connects, this is the moment: in the same transaction it becomes
    one of the new kind. Raises :class:`Refused` for a credential that does not prove the new way.
    """
    with work.write() as session:
        account = get_account(session, account_id, hold=True)
        conversion = under_way(session, account)
        keeping.confirm(session, work, account_id, credential_id)
        _pin_told(session, work, account_id)
        if conversion:
            _refuse_other_way(session, work, conversion, credential_id)
            switch(session, work, account, conversion)


def _refuse_other_way(session: Session, work: Work, conversion: Conversion, credential_id: UUID) -> None:
    """People are going to consent: that it works is proved by the first consent, and by nothing else."""
    credential = session.get_one(Credential, (work.tenant, credential_id))
    if credential.method != KINDS[conversion.to_kind].consent:
        raise Refused(NOT_BY_CONSENT)


def _pin_told(session: Session, work: Work, account_id: UUID) -> None:
    """A token has no consent at which a site is picked: the one that proved it is the only one from now."""
    site = session.get(CloudSite, (work.tenant, account_id))
    if site is not None and site.pinned_at is None:
        site.pinned_at = clock.now()
