"""What the mails about coming in say: (subject, text) each. Who caused it stands first.

And what an admin is told of one that could not be delivered.
"""

from datetime import datetime
from enum import StrEnum
from uuid import uuid4

from sqlalchemy.orm import Session

from portal import mail
from portal.mail.troubles import Code
from portal.store.tables import User

Letter = tuple[str, str]


def invitation(by: str, tenant: str, email: str, link: str, until: datetime) -> Letter:
    """To whoever was invited. ``by`` is the admin's name."""
    text = f"""{by} invites you to {tenant} on Almoner. Open this page to join:

{link}

The link works once, for {email} only, until {until:%d %B %Y %H:%M} UTC.
If you do not know what this is about, leave it: without the link nothing happens.
"""
    return f"Invitation to {tenant}", text


def reset_by_admin(by: str, tenant: str, link: str) -> Letter:
    """To a member whose admin made a reset link."""
    text = f"""{by}, an admin of {tenant}, made a link with which you set a new password for Almoner:

{link}

{_ONCE}
"""
    return f"New password for {tenant}", text


def reset_asked(link: str) -> Letter:
    """To a person whose address was typed into the page for lost passwords."""
    text = f"""Somebody, probably you, asked on the sign-in page of Almoner for a new password for this
address. Set it here:

{link}

{_ONCE}
"""
    return "New password for Almoner", text


def email_change(before: str, after: str, link: str) -> Letter:
    """To the new address of somebody who wants to be known by it."""
    text = f"""Somebody who signs in to Almoner as {before} wants to sign in with this address from now on.
If it is you, open this page, signed in as before:

{link}

The link works once, for 24 hours. Then the address is {after}, and {before} works no longer.
If you do not know what this is about, leave it: nothing happens.
"""
    return "Your new e-mail address for Almoner", text


def email_taken() -> Letter:
    """To an address that is a person's already, and that another person asked for."""
    text = """Somebody who signs in to Almoner with another address asked to sign in with this one.
It is yours here already, so nothing was changed and there is nothing to do.

If it was you: you are known to Almoner twice. Sign in with this address, or choose another one for the other.
"""
    return "Your e-mail address was asked for on Almoner", text


def email_change_asked(after: str, page: str) -> Letter:
    """To the present address of somebody who asked for another one."""
    text = f"""Somebody, probably you, asked to sign in to Almoner as {after} in place of this address.
Nothing has changed yet: a link sent to that address has to be opened first.

If it was not you, somebody knows your password. Sign in, press Cancel beside the new address on this page,
then change your password, which ends all other sign-ins:

{page}
"""
    return "Another e-mail address was asked for on Almoner", text


def email_changed(after: str) -> Letter:
    """To the former address, which works no longer."""
    text = f"""From now on you sign in to Almoner as {after}. This address works no longer.

If it was not you, ask an admin of your organisation, or the operator of the portal, for help at once.
"""
    return "Your e-mail address for Almoner has changed", text


_ONCE = """The link works once, for 30 minutes. Signing in with your present password ends it.
If you did not ask for it, leave it: your password stays as it is."""


def deletion_asked(by: str, tenant: str, page: str, until: datetime) -> Letter:
    """To every admin of a tenant that is going to be deleted. ``by``: who asked for it."""
    text = f"""{by} has asked for {tenant} to be deleted from Almoner. It is closed to everybody from now on.

On {until:%d %B %Y %H:%M} UTC it is erased with everything in it: keys, tokens, boards, deliveries. Until then
any admin can take that back on this page:

{page}
"""
    return f"{tenant} is going to be deleted", text


def deletion_taken_back(by: str, tenant: str) -> Letter:
    """To every admin of a tenant that is not deleted after all."""
    return (
        f"{tenant} is not deleted",
        f"{by} has taken the deletion of {tenant} back. It goes on as before.\n",
    )


def deleted(tenant: str) -> Letter:
    """To whoever was an admin of a tenant that is gone."""
    text = f"""{tenant} is deleted from Almoner. Its keys and tokens can be read no longer.

In backups of the portal they can be read until the oldest backup made before is thrown away. What somebody
allowed at Jira or Atlassian, or entered there, stays there until it is taken back there.
"""
    return f"{tenant} is deleted", text


def not_delivered(email: str, why: Code, is_on: bool) -> str:
    """What happened to an invitation to this address, and what an admin can do. ``is_on``: mail is sent."""
    what = _NO_MAIL if not is_on else _NO_RECIPIENT if why is Code.RECIPIENT else _NOT_TAKEN
    return f"Could not be delivered to {email}: {what.format(email=email)}"


def email_not_delivered(email: str, why: Code) -> str:
    """What happened to the link that confirms a new address, and what its person can do."""
    what = _NEW_NOT_TAKEN if why is not Code.RECIPIENT else _NEW_REFUSED
    return f"The link could not be delivered to {email}: {what}"


_NEW_REFUSED = (
    "the mail server does not take this address. Check how it is written. If it is wrong, cancel, and enter "
    "the right one; if it is right, ask the operator of the portal."
)
_NEW_NOT_TAKEN = (
    "the mail server did not take it, or does not answer. Send it again. If that fails too, ask the operator "
    "of the portal."
)
# Where mail has been switched off meanwhile, nothing can be sent again, whatever it was that went wrong.
_NO_MAIL = (
    "the portal sends no mail. Withdraw the invitation and invite {email} again to get a link to pass on."
)
_NO_RECIPIENT = (
    "the mail server does not take this address. Check how it is written. If it is wrong, withdraw the "
    "invitation and invite the right one; if it is right, ask the operator of the portal."
)
_NOT_TAKEN = (
    "the mail server did not take it, or does not answer. Send it again. If that fails too, ask the operator "
    "of the portal, who finds out more with: almoner mail-test {email}"
)


class FactorNews(StrEnum):
    """What a person is told of their second factor, whoever did it."""

    SET_UP = "A second factor was set up: from now on signing in takes your password and a code of your app."
    SWITCHED_OFF = "The second factor was switched off: signing in takes your password alone."
    CODES_MADE = "New recovery codes were made. The former ones work no longer."
    CODE_USED = "A recovery code was used in place of a code of your app. It works no longer."
    RESET = (
        "The operator of the portal took away your second factor and your recovery codes, and ended all your "
        "sign-ins. Sign in with your password, and set up a new one under Profile, Second factor."
    )


def tell_of_factor(session: Session, user: User, news: FactorNews) -> None:
    """Queue a mail to the person, so that they hear of it also when it was somebody else."""
    text = f"""{news}

If that was not you, set a new password at once and tell the operator of the portal.
"""
    mail.queue(session, f"second factor {uuid4().hex}", user.email, "Second factor at Almoner", text)
