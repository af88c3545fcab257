"""What the OAuth credential of a site says of the tool it is for: app name, server base URL and logo URL.

They are kept so that the guide shows what is to be entered in Jira, also to somebody without an account here.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy.orm import Session

from portal.alm_accounts.accounts import get_account
from portal.audit.changes import told
from portal.audit.log import record
from portal.credentials.delivery_ways import hold_way
from portal.errors import FieldErrors, NotHere
from portal.people.texts import clean_name
from portal.store.work import Work

LONGEST_URL = 500
FIELDS = {"server_url": "server base URL", "logo_url": "logo URL"}


def set_tool(work: Work, account_id: UUID, app_name: str, server_url: str, logo_url: str) -> None:
    """Keep what is entered in Jira; what is right is kept beside a mistake.

    Raises :class:`FieldErrors` for the fields of the same names, :class:`NotHere` for an account that does
    not only send.
    """
    wanted, errors = _cleaned({"app_name": app_name, "server_url": server_url, "logo_url": logo_url})
    with work.write() as session:
        get_account(session, account_id, hold=True)
        _keep(session, work, account_id, wanted)
    if errors:
        raise FieldErrors(errors)


def _keep(session: Session, work: Work, account_id: UUID, wanted: Mapping[str, str]) -> None:
    way = hold_way(session, account_id)
    if way is None:
        raise NotHere
    before = {name: getattr(way, name) for name in wanted}
    changed = [name for name, value in wanted.items() if before[name] != value]
    for name in changed:
        setattr(way, name, wanted[name])
    if changed:
        record(session, work, "account.changed", account_id=account_id, **told(changed, before, wanted))


def _cleaned(typed: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """What is right, in its stored form, and what is wrong with the rest."""
    clean: dict[str, str] = {}
    errors: dict[str, str] = {}
    try:
        clean["app_name"] = clean_name(typed["app_name"])
    except FieldErrors as wrong:
        errors["app_name"] = wrong.errors["name"]
    for name, label in FIELDS.items():
        text = typed[name].strip()
        if wrong_url := _wrong(text, label):
            errors[name] = wrong_url
        else:
            clean[name] = text
    return clean, errors


def _wrong(text: str, label: str) -> str | None:
    if not text:
        return f"Enter the {label}: Jira asks for it."
    if len(text) > LONGEST_URL:
        return f"Enter a {label} of at most {LONGEST_URL} characters."
    if not text.isprintable() or any(mark.isspace() for mark in text):
        return f"There is a blank in the {label}, or a character that cannot be seen. Take it out."
    if not _is_address(text):
        return f"Enter the whole {label}, such as https://ci.example.com."
    if "@" in urlsplit(text).netloc:
        return f"Leave user name and password out of the {label}: everybody at that Jira could read them."
    return None


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False
