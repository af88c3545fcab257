"""*Confirm that it is you*: asked before what would hurt in wrong hands."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.errors import FieldErrors
from portal.pages.signin.forms import CodeForm, ConfirmForm, RecoveryCodeForm
from portal.people import proofs
from portal.web import access
from portal.web.forms import show_errors
from portal.web.place import work
from portal.web.sign_in import local_path
from portal.web.words_of_factor import codes_left

bp = Blueprint("proofs", __name__)

Page = str | Response | tuple[str, int]


@bp.route("/confirm", methods=["GET", "POST"])
@access.signed_in
def confirm() -> Page:
    """Ask for the code, or the password of who has no second factor; then back to the page."""
    wanted, form = local_path(request.args.get("next")), _form()
    back = redirect(wanted or url_for("signin.home"), 303)
    if proofs.is_recent(current_user.proved_at, changes=False):
        return back
    if form.validate_on_submit():
        try:
            _prove(form)
        except FieldErrors as error:
            show_errors(form, error)
        else:
            return back
    by_recovery = isinstance(form, RecoveryCodeForm)
    page = render_template("signin/confirm.html", form=form, wanted=wanted, by_recovery=by_recovery)
    return page, 422 if form.errors else 200


def _form() -> CodeForm | RecoveryCodeForm | ConfirmForm:
    if not current_user.has_second_factor:
        return ConfirmForm()
    return RecoveryCodeForm() if "recovery" in request.args else CodeForm()


def _prove(form: CodeForm | RecoveryCodeForm | ConfirmForm) -> None:
    if isinstance(form, ConfirmForm):
        proofs.by_password(work(), form.password.data or "")
        return
    used = proofs.by_code(work(), form.code.data or "")
    if used.left is not None:
        flash(codes_left(used.left), "warning")
