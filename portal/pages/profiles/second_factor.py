"""One's own second factor: setting it up, recovery codes, switching it off."""

from urllib.parse import urlsplit

import pyotp
import segno
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from portal.errors import FieldErrors
from portal.pages.profiles.forms import AppCodeForm
from portal.people import factors_required, second_factor
from portal.secret import Secret
from portal.web import access
from portal.web.forms import show_errors
from portal.web.place import settings, work
from portal.web.sign_in import local_path

bp = Blueprint("second_factor", __name__, url_prefix="/profile/second-factor")

Page = str | Response | tuple[str, int]
PIXELS = 5  # of each dot of the QR code


def _wanted() -> str | None:
    """The page to which the person goes on, if they were led here from one."""
    return local_path(request.args.get("next"))


@bp.get("")
@access.signed_in
def show() -> Page:
    """Whether one has a second factor, who requires it, and what can be done."""
    required_by = [one.name for one in factors_required.required_of(work())]
    if current_user.is_support:
        required_by.append("Support")
    factor = second_factor.mine(work())
    return render_template(
        "profiles/second_factor.html", factor=factor, required_by=required_by, wanted=_wanted()
    )


@bp.post("/begin")
@access.signed_in
@access.recently_proved
def begin() -> Page:
    """Make a secret for the app."""
    second_factor.begin(work())
    return redirect(url_for(".set_up", next=_wanted()), 303)


@bp.route("/set-up", methods=["GET", "POST"])
@access.signed_in
@access.recently_proved
def set_up() -> Page:
    """Show the secret, here and nowhere else, until the app shows the right code."""
    shown = second_factor.in_set_up(work())
    if shown is None:
        return redirect(url_for(".show", next=_wanted()), 303)
    form = AppCodeForm()
    if form.validate_on_submit():
        try:
            return _codes(second_factor.confirm(work(), form.code.data or ""), is_new=True)
        except FieldErrors as error:
            show_errors(form, error)
    for_app = _for_app(*shown)
    page = render_template("profiles/second_factor_set_up.html", form=form, wanted=_wanted(), **for_app)
    return page, 422 if form.errors else 200


def _for_app(secret: Secret, email: str) -> dict[str, str]:
    """What an app needs: by a picture, by a link on the phone itself, or typed."""
    text = secret.reveal()
    issuer = f"Almoner {urlsplit(settings().base_url).hostname}"
    uri = pyotp.TOTP(text).provisioning_uri(name=email, issuer_name=issuer)
    groups = " ".join(text[at : at + 4] for at in range(0, len(text), 4))
    return {"qr": segno.make_qr(uri).svg_data_uri(scale=PIXELS, light="#fff"), "uri": uri, "secret": groups}


def _codes(codes: list[Secret], *, is_new: bool) -> str:
    text = "\n".join(code.reveal() for code in codes)
    shown = {"codes": text, "is_new": is_new, "wanted": _wanted()}
    return render_template("profiles/second_factor_codes.html", **shown)


@bp.post("/codes")
@access.signed_in
@access.recently_proved
def make_codes() -> Page:
    """New recovery codes, shown once."""
    return _codes(second_factor.make_codes(work()), is_new=False)


@bp.route("/off", methods=["GET", "POST"])
@access.signed_in
@access.recently_proved
def switch_off() -> Page:
    """Switch it off, with a code."""
    if not current_user.has_second_factor:
        return redirect(url_for(".show"), 303)
    form = AppCodeForm()
    if form.validate_on_submit():
        try:
            second_factor.switch_off(work(), form.code.data or "")
        except FieldErrors as error:
            show_errors(form, error)
        else:
            flash("The second factor is switched off. You sign in with your password alone.", "success")
            return redirect(url_for(".show"), 303)
    return render_template("profiles/second_factor_off.html", form=form), 422 if form.errors else 200
