"""``/patterns``: shown by a practice installation only."""

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from portal import clock
from portal.errors import NotHere
from portal.pages.patterns.forms import SampleForm
from portal.web import access
from portal.web.place import settings

bp = Blueprint("patterns", __name__)


@bp.route("/patterns", methods=["GET", "POST"])
@access.public
def show() -> Response | tuple[str, int]:
    """All parts with sample values. Its buttons change nothing."""
    if not settings().demo:
        raise NotHere
    form = SampleForm()
    if form.validate_on_submit():
        flash("Nothing was changed: these are samples.", "info")
        return redirect(url_for(".show"), 303)
    return render_template("patterns.html", form=form, now=clock.now()), 422 if form.errors else 200
