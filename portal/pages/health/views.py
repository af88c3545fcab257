"""``/healthz``: the process lives. ``/readyz``: it can serve; ask it before sending people here."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.store import health
from portal.web import access
from portal.web.place import store

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@access.public
def live() -> ResponseReturnValue:
    """Always well when it answers; touches nothing else."""
    return {"status": "ok"}


@bp.get("/readyz")
@access.public
def ready() -> ResponseReturnValue:
    """What was looked at, by name; 503 when something is not well. Says no more to a stranger than that."""
    seen = health.look(store())
    well = all(seen.values())
    words = {name: "ok" if fine else "failed" for name, fine in seen.items()}
    return {"status": "ok" if well else "not ready", **words}, 200 if well else 503
