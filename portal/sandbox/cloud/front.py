"""The front page of the Atlassian host."""

from __future__ import annotations

from flask import Blueprint, render_template

from portal.sandbox.people import USERS
from portal.sandbox.signin import Page

bp = Blueprint("front", __name__)


@bp.get("/")
def front() -> Page:
    """What this host is and where to go."""
    return render_template("cloud_front.html", users=USERS.values())
