"""What the mails about coming in say: (subject, text) each. Who caused it stands first.

And what an admin is told of one that could not be delivered.
"""

from datetime import datetime

from portal.mail.troubles import Code

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


_ONCE = """The link works once, for 30 minutes. Signing in with your present password ends it.
If you did not ask for it, leave it: your password stays as it is."""


def not_delivered(email: str, why: Code, is_on: bool) -> str:
    """What happened to an invitation to this address, and what an admin can do. ``is_on``: mail is sent."""
    what = _NO_MAIL if not is_on else _NO_RECIPIENT if why is Code.RECIPIENT else _NOT_TAKEN
    return f"Could not be delivered to {email}: {what.format(email=email)}"


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
