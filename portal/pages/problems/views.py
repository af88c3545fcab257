"""``/problems``: where the ``type`` of each problem document leads (RFC 9457, section 3.1.1)."""

from flask import Blueprint, render_template

from portal.web import access
from portal.web.problem_types import PAGE
from portal.web.program_problems import GROUPS

bp = Blueprint("problems", __name__, url_prefix=PAGE)


@bp.get("")
@access.public
def index() -> str:
    """Every problem, with what happened and what to do; the same for everybody."""
    return render_template("problems/index.html", groups=GROUPS)
