"""The guard of every page of support's that shows what is a tenant's: a visit has to go on."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from flask import flash, redirect, request, url_for

from portal.audit import visits
from portal.web.place import work

FIRST = "To look into this organisation, say why first."


def during_visit(view: Callable[..., Any]) -> Callable[..., Any]:
    """Call the view with the visited tenant, in place of its id, while one's visit goes on; otherwise lead to
    where one is opened, and back from there."""

    @wraps(view)
    def guarded(tenant_id: UUID, **rest: Any) -> Any:
        tenant = visits.tenant(work(), tenant_id)
        if tenant.visit is None:
            flash(FIRST, "info")
            return redirect(url_for("support.open_visit", tenant_id=tenant_id, then=request.path), 303)
        return view(tenant, **rest)

    return guarded
