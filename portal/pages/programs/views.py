"""Program keys of a tenant: the list, making and replacing one, its page with examples, revoking it."""

from collections.abc import Callable
from functools import partial
from uuid import UUID, uuid4

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal import clock
from portal.errors import FieldErrors
from portal.pages.programs.examples import examples
from portal.pages.programs.forms import EndForm, KeyForm
from portal.programs import keys, making, typed_keys
from portal.programs.exposures import last_exposure
from portal.programs.keys import KeyView
from portal.programs.paths import PRESETS
from portal.programs.typed_keys import Typed
from portal.secret import Secret
from portal.web import access
from portal.web.forms import show_errors
from portal.web.place import work

bp = Blueprint("programs", __name__, url_prefix="/t/<slug:slug>/programs")

Page = str | Response | tuple[str, int]
CHANGED = "This form was changed on its way. Look whether it says what you want, and press the button again."


@bp.get("/")
@access.admin
def index() -> Page:
    """Every key, and whether there is something to make one for."""
    shown = {"keys": keys.keys(work()), "accounts": making.choosable(work())}
    return render_template("programs/keys.html", **shown, now=clock.now())


@bp.route("/new", methods=["GET", "POST"])
@access.admin
@access.recently_proved
def new() -> Page:
    """Make a key; it is shown in the answer, and nowhere else. The same form again makes no other."""
    form, accounts = KeyForm(), making.choosable(work())
    form.accounts.choices = [(str(one.id), f"{one.name} ({one.kind.title})") for one in accounts]
    form.operations.choices = [(name, f"{words} ({name})") for name, words in keys.OPERATIONS.items()]
    if not form.is_submitted():
        form.accounts.data = [str(accounts[0].id)] if len(accounts) == 1 else []
        form.paths.data = "\n".join(PRESETS)
    return _page("new", form, lambda once: making.make(work(), once, _typed(form)), accounts=accounts)


@bp.route("/<uuid:key_id>/replace", methods=["GET", "POST"])
@access.admin
@access.recently_proved
def replace(key_id: UUID) -> Page:
    """Make a second key that may do what this one may, under its name."""
    former, form = keys.key(work(), key_id), EndForm()
    make = partial(making.replace, work(), replaced_id=key_id, ends_on=form.ends_on.data or "")
    return _page("replace", form, make, key=former)


def _page(name: str, form: EndForm, make: Callable[[UUID], tuple[Secret, KeyView]], **shown: object) -> Page:
    """The key that the form makes, or the form with what is wrong in it, as it was typed."""
    before = None
    if form.validate_on_submit():
        try:
            text, made = make(_once(form))
        except FieldErrors as error:
            show_errors(form, error)
        except making.MadeBefore as sent:
            before, form.once.data = keys.key(work(), sent.key_id), str(uuid4())
        else:
            return render_template("programs/made.html", key=made, text=text.reveal(), **examples(made))
    elif not form.is_submitted():
        form.ends_on.data = typed_keys.preset_day().isoformat()
    shown |= {"form": form, "before": before, "last_day": typed_keys.last_day()}
    status = 422 if form.errors else 409 if before else 200
    return render_template(f"programs/{name}.html", **shown), status


def _once(form: EndForm) -> UUID:
    """The form's own id; one that was changed on its way is replaced, and has to be sent once more."""
    try:
        return UUID(form.once.data or "")
    except ValueError:
        form.once.data = str(uuid4())
        raise FieldErrors({"": CHANGED}) from None


def _typed(form: KeyForm) -> Typed:
    return Typed(
        name=form.name.data or "",
        accounts=form.accounts.data or [],
        operations=form.operations.data or [],
        ends_on=form.ends_on.data or "",
        paths=form.paths.data or "",
        networks=form.networks.data or "",
    )


@bp.get("/<uuid:key_id>")
@access.admin
def show(key_id: UUID) -> Page:
    """One key, the other one of its name, and examples of its use: the key itself is not in them."""
    found = keys.key(work(), key_id)
    shown = {
        "key": found,
        "same_name": keys.live_of_name(work(), found.name),
        "exposure": last_exposure(work(), key_id),
        **examples(found, request.args.get("account")),
    }
    return render_template("programs/key.html", **shown, now=clock.now())


@bp.get("/<uuid:key_id>/revoke")
@access.admin
@access.recently_proved
def confirm_revoke(key_id: UUID) -> Page:
    """Say what ends with the key."""
    return render_template("programs/revoke.html", key=keys.key(work(), key_id), now=clock.now())


@bp.post("/<uuid:key_id>/revoke")
@access.admin
@access.recently_proved
def revoke(key_id: UUID) -> Page:
    """End a key for good."""
    keys.revoke(work(), key_id)
    flash("The key is revoked. Whatever uses it is refused from now on.", "success")
    return redirect(url_for(".index"), 303)
