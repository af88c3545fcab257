"""With which credential a program's request goes on, and what it is told where there is none that will do."""

from datetime import timedelta
from uuid import UUID

from portal.api.asked import Asked
from portal.api.troubles import told
from portal.credentials.acting_as import NotConnected
from portal.credentials.ready import Ready, is_for_sending_only, settle
from portal.errors import NotHere
from portal.people.texts import email_key
from portal.web.documents import Problem


def ready(asked: Asked, account_id: UUID, at_least: timedelta, *, given_away: bool = False) -> Ready:
    """The account with the credential this request goes by, usable for so long: its own, or the person's that
    the request names.

    ``given_away``: it is going to leave, so one that Jira refused last time will not do. Raises
    :class:`Problem`.
    """
    row = _row(asked, account_id)
    if row.saved_at is None:
        raise Problem("account-not-ready", "The ALM account is not set up yet.")
    if is_for_sending_only(row):
        raise Problem("account-only-sends")
    if row.serves(at_least):
        return row
    with told(is_cloud=None, for_person=asked.person is not None):
        view = settle(asked.work, asked.services.registry, row, at_least)
        if given_away and not view.works:
            raise NotConnected(account_id, view)
    return ready_again(asked, account_id)


def ready_again(asked: Asked, account_id: UUID) -> Ready:
    """The same as it stands now, whatever is remembered: this request has just had it renewed, or refused.

    Raises :class:`Problem` or :class:`NotHere` where it is gone meanwhile.
    """
    return _row(asked, account_id, as_it_stands=True)


def _row(asked: Asked, account_id: UUID, *, as_it_stands: bool = False) -> Ready:
    tenant_id, rows, person = asked.work.tenant, asked.services.programs.rows, asked.person
    if person is not None:
        row = rows.persons(tenant_id, account_id, email_key(person))
        if row is None:
            raise Problem("person-not-allowed")
    else:
        row = (rows.own_now if as_it_stands else rows.own)(tenant_id, account_id)
        if row is None:
            raise NotHere
    return row
