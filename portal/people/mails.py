"""What the mails about coming in say: (subject, text) each. Who caused it stands first."""

from datetime import datetime

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
