"""What a guide link shows: what to enter in Jira, and whether it works. No secret, and nothing to press."""

from flask import Blueprint, render_template

from portal import clock
from portal.checklist import guide_links
from portal.errors import NotHere
from portal.secret import Secret
from portal.web import access
from portal.web.guides import facts_for
from portal.web.place import work

bp = Blueprint("guide", __name__, url_prefix="/guide")


@bp.get("/<string(maxlength=120):token>")
@access.public
def show(token: str) -> str | tuple[str, int]:
    """The guide; one and the same page for every link that does not work, whatever became of it."""
    try:
        guide = guide_links.show(work(), Secret(token))
    except NotHere:
        return render_template("guide/gone.html"), 404
    asked_by = guide.asked_by or f"an admin of {guide.tenant_name}"
    facts = facts_for(guide.account, guide.tenant_name, asked_by)
    steps = guide.account.kind_in_set_up.guide(facts)
    shown = {"guide": guide, "steps_of_guide": steps, "facts": facts, "now": clock.now()}
    return render_template("guide/show.html", asked_by=asked_by, **shown)
