"""What a person is asked for before they go on: a second factor where one is required, and a proof that it is
still they who sit there. Afterwards they come back to where they were."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import flash, g, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.people import proofs
from portal.web.csrf import SAFE_METHODS
from portal.web.place import Place, settings
from portal.web.sign_in import local_path

LATE = (
    "Nothing was sent and nothing was changed: it is more than three hours since you showed who you are. "
    "Confirm it, then send the form once more."
)


def led_elsewhere(view: Callable[..., Any], *, for_support: bool) -> Response | None:
    """To where the person of this request is led first, or None where the view may answer.

    ``for_support``: the view is one of support's own.
    """
    if _lacks_factor(for_support=for_support):
        return redirect(url_for("second_factor.show", next=wanted_page()), 303)
    changes = request.method not in SAFE_METHODS
    if not getattr(view, "recently_proved", False) or proofs.is_recent(
        current_user.proved_at, changes=changes
    ):
        return None
    if changes:
        flash(LATE, "warning")
    return redirect(url_for("proofs.confirm", next=wanted_page()), 303)


def _lacks_factor(*, for_support: bool) -> bool:
    here: Place | None = g.get("place")
    is_required = for_support or (here is not None and here.tenant.second_factor_required)
    return is_required and not current_user.has_second_factor


def wanted_page() -> str | None:
    """The page that was wanted, or whose form was sent; None where there is none of this portal."""
    here = local_path(request.full_path.rstrip("?")) or local_path(request.path)
    if request.method in SAFE_METHODS:
        return here
    form = urlsplit(request.referrer or "")
    if f"{form.scheme}://{form.netloc}" != settings().base_url:
        return here
    return local_path(f"{form.path}?{form.query}".rstrip("?")) or local_path(form.path) or here
