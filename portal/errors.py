"""What can go wrong inside the portal, as few named errors.

    PortalError
    ├── StartRefused      the portal must not start; the sentence says what to change (exit code 78)
    ├── NotHere           the thing does not exist, or not for the one who asks: one answer for both (404)
    ├── NotAllowed        the person is known here and lacks the right (403)
    ├── TenantClosed      the tenant is suspended, or going to be deleted (403)
    ├── Refused           a rule says no; the sentence says what to do instead (409)
    ├── FieldErrors       something typed into a form is wrong; one sentence per field (422)
    ├── TooMany           tried too often; later it may go (429)
    ├── PortalBusy        slow calls of this tenant hold too many threads; later it may go (503)
    │   └── PortalFull    calls hold all threads that they may, none of them for long; soon it may go (503)
    └── SecretUnreadable  a sealed value does not open; never says why (503)

What Jira answers is not here: see ``portal.jira.answers``.
"""

from collections.abc import Mapping


class PortalError(Exception):
    """Base of every error the portal raises on purpose."""


class StartRefused(PortalError):
    """The portal must not start: settings, database or root key are not as they have to be."""


class NotHere(PortalError):
    """There is no such thing, as far as the one who asks may know."""


class NotAllowed(PortalError):
    """The person belongs here and may not do this."""


class TenantClosed(PortalError):
    """The tenant is suspended, or going to be deleted: its own people are told so, nobody else."""


class Refused(PortalError):
    """A rule of the portal says no. ``str(error)`` is a sentence for the person, remedy included."""


class FieldErrors(PortalError):
    """What was typed cannot be taken. ``errors`` maps the field's name to a sentence with the remedy."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(f"refused fields: {', '.join(sorted(errors))}")
        self.errors = dict(errors)


class TooMany(PortalError):
    """Something that can be guessed was tried too often; this try was not looked at.

    ``retry_after``: seconds after which the next one is.
    """

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"tried too often; again in {retry_after} seconds")
        self.retry_after = retry_after


class PortalBusy(PortalError):
    """Calls that wait for a Jira of this tenant's hold too many threads; nothing was sent.

    ``retry_after``: seconds after which it is worth asking again. ``code``: the problem that says so.
    """

    code = "portal_busy"

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"busy for {retry_after} seconds")
        self.retry_after = retry_after


class PortalFull(PortalBusy):
    """Calls to Jiras hold all threads that this tenant may have, or that any may: no Jira need be slow for
    that. Nothing was sent."""

    code = "portal_full"


class SecretUnreadable(PortalError):
    """A sealed value could not be opened: wrong key, wrong row, or a changed byte; which one is not told."""
