"""What templates of a tenant's admins ask for about support: who asks to look in, and who is there."""

from flask import Flask

from portal.people.support_access import Access, access_of
from portal.web.place import work


def set_up_support(app: Flask) -> None:
    """Give every template :func:`support_here`."""
    app.jinja_env.globals["support_here"] = support_here


def support_here() -> Access:
    """How the tenant of this request stands with support; for its admins."""
    return access_of(work())
