"""The people of the tenant at one ALM account: who is connected, reminding who is not, disconnecting one."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal import clock
from portal.alm_accounts import accounts, connected, disconnecting, reminding, resting, sharing
from portal.alm_accounts.account_views import AccountView
from portal.errors import NotHere, Refused
from portal.ids import uuid_of
from portal.kinds import methods
from portal.people import memberships, users
from portal.web import access
from portal.web.jira_side import jira_side
from portal.web.place import external, work

bp = Blueprint(
    "connected_people", __name__, url_prefix="/t/<slug:slug>/alm-accounts/<uuid:account_id>/people"
)

Page = str | Response | tuple[str, int]


@bp.get("/")
@access.admin
def show(account_id: UUID) -> Page:
    """Everybody's state with this account, and the account's own above them."""
    account = accounts.account(work(), account_id)
    if not account.kind.person_by:
        raise NotHere
    if not account.saved:
        return redirect(url_for("set_up.show", account_id=account_id), 303)
    wanted = connected.Wanted.of(request.args)
    shown = {"account": account, "wanted": wanted, "now": clock.now(), **_author(account)}
    shown |= {"method_names": methods.NAMES, "consents": methods.CONSENTS}
    shown["people"] = connected.people(work(), account, wanted)
    shown["link"] = external(url_for("alm_credentials.show", account_id=account_id))
    return render_template("alm_accounts/people.html", **shown)


def _author(account: AccountView) -> dict[str, object]:
    """Who authorised the account itself, and whether they have left."""
    if account.own is None:
        return {}
    author = account.own.connected_by
    gone = resting.gone_authors(work(), [account.own])
    return {
        "author": users.names(work(), [author]).get(author, resting.NAMELESS),
        "author_left": author in gone,
    }


@bp.post("/remind")
@access.admin
def remind_all(account_id: UUID) -> Page:
    """Send everybody a mail who has to connect and was not reminded before."""
    result = reminding.remind(work(), accounts.account(work(), account_id))
    flash(_said(result), "success" if result.sent else "info")
    return redirect(url_for(".show", account_id=account_id), 303)


@bp.post("/<uuid:user_id>/remind")
@access.admin
def remind(account_id: UUID, user_id: UUID) -> Page:
    """The same for one person."""
    result = reminding.remind(work(), accounts.account(work(), account_id), user_id)
    name = memberships.member(work(), user_id).name
    flash(f"To {name}: {_said(result)}", "success" if result.sent else "info")
    return redirect(url_for(".show", account_id=account_id), 303)


@bp.route("/<uuid:user_id>/disconnect", methods=["GET", "POST"])
@access.admin
def disconnect(account_id: UUID, user_id: UUID) -> Page:
    """Erase the credential of one person; one's own goes by one's own page."""
    account = accounts.account(work(), account_id)
    if not account.saved or not account.kind.person_by:
        raise NotHere
    if user_id == work().user_id:
        return redirect(url_for("alm_credentials.disconnect", account_id=account_id), 303)
    person = connected.person(work(), account, user_id)
    stays = sharing.sentence(sharing.rests_beside(work(), account_id, user_id), jira_side(account).name)
    if request.method == "POST":
        return _disconnect(account, person, stays)
    shown = {"account": account, "person": person, "stays": stays}
    shown["is_mailed"] = disconnecting.is_told_by_mail(work(), user_id)
    return render_template("alm_accounts/disconnect_person.html", **shown, method_names=methods.NAMES)


def _disconnect(account: AccountView, person: connected.PersonView, stays: str) -> Page:
    """Do it, to the connection that was shown and no newer one, and say what became of it."""
    seen = uuid_of(request.form.get("credential_id"))
    try:
        result = disconnecting.disconnect_person(work(), account, person.user_id, seen)
    except Refused as refusal:
        flash(f"{person.name}: {refusal}", "warning")
        return redirect(url_for(".disconnect", account_id=account.id, user_id=person.user_id), 303)
    if result.was_connected:
        told = "A mail tells them." if result.is_mailed else "No mail is sent: their own page tells them."
        flash(f"{person.name} is disconnected from {account.name}. {told} {stays}".strip(), "success")
    else:
        flash(f"{person.name} is not connected to {account.name}.", "info")
    return redirect(url_for(".show", account_id=account.id), 303)


def _said(result: reminding.Reminded) -> str:
    """What became of it, in words."""
    said = {0: "No reminder was sent.", 1: "1 reminder is on its way."}
    parts = [said.get(result.sent, f"{result.sent} reminders are on their way.")]
    if result.before:
        parts.append(f"{_people(result.before)} reminded before, and nobody is twice.")
    if result.locked_out:
        parts.append(f"{_people(result.locked_out)} left out: they cannot sign in here.")
    if not (result.sent or result.before or result.locked_out):
        parts.append("There is nobody left who has to connect.")
    return " ".join(parts)


def _people(count: int) -> str:
    return "1 person was" if count == 1 else f"{count} people were"
