"""How the members of a tenant came in, for its admins."""

from uuid import UUID

from flask import Blueprint, render_template, request

from portal.audit.filtering import seq_of
from portal.audit.members_sign_ins import WantedSignIns, read_sign_ins
from portal.pages.audit.forms import MembersForm
from portal.people import memberships
from portal.web import access
from portal.web.place import work

bp = Blueprint("members_sign_ins", __name__, url_prefix="/t/<slug:slug>/activity")


@bp.get("/sign-ins")
@access.admin
def show() -> tuple[str, int]:
    """Sign-ins of the tenant's members since they joined, newest first."""
    form, members = MembersForm(request.args), memberships.list_members(work())
    form.person.choices = [("", "Everybody"), *((str(one.user_id), one.name) for one in members)]
    is_right = not form.person.data or form.validate()
    wanted = WantedSignIns(
        person=UUID(form.person.data) if form.person.data and is_right else None,
        before=seq_of(request.args.get("before", "")),
    )
    lines = read_sign_ins(work(), wanted) if is_right else None
    page = render_template("audit/sign_ins.html", form=form, wanted=wanted, lines=lines)
    return page, 200 if is_right else 422
