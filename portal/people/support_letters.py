"""What the mails about support's visits say: (subject, text) each."""

from datetime import datetime

from portal.people.mails import Letter


def asks(by: str, tenant: str, reason: str, page: str) -> Letter:
    """To each admin: one of the staff asks to be let in."""
    text = f"""{by} of the support staff asks to look into {tenant} at Almoner. The reason given:

{reason}

Allow or decline it on this page, after signing in:

{page}

Until an admin allows it, nothing is shown. Support never sees a secret, changes nothing, and everything
is written into your record.
"""
    return f"Support asks to look into {tenant}", text


def answered(tenant: str, until: datetime | None, page: str) -> Letter:
    """To who asked. ``until``: None where the answer was no."""
    if until is None:
        text = f"An admin of {tenant} declined your question to look into it.\n"
        return f"{tenant} declined", text
    text = f"""An admin of {tenant} lets you look into it until {until:%d %B %Y %H:%M} UTC. Open a visit here:

{page}
"""
    return f"{tenant} lets you in", text
