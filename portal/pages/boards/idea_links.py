"""Linking an idea to an issue that is there, adding the link back once more, and unlinking."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, render_template, request
from werkzeug.wrappers import Response

from portal.boards import idea_issues
from portal.boards.boards import BoardView
from portal.boards.claims import Claimed
from portal.boards.features import ONE_ISSUE
from portal.boards.idea_views import IdeaView
from portal.kinds.features import LINK_BACK
from portal.pages.boards.changing import Answer, changed, typed
from portal.pages.boards.idea_forms import GiveUpForm, LinkForm, UnlinkForm
from portal.pages.boards.idea_shared import SENT_ALREADY, back, idea_url, stay, tell
from portal.pages.boards.ideas import found, of_jira, show_page
from portal.pages.boards.shown import account_of
from portal.web import access
from portal.web.place import registry, work

bp = Blueprint(
    "idea_links", __name__, url_prefix="/t/<slug:slug>/boards/<uuid:board_id>/ideas/<uuid:idea_id>"
)


@bp.route("/link", methods=["GET", "POST"])
@access.member
def link(board_id: UUID, idea_id: UUID) -> Answer:
    """Link an issue by its key."""
    board, idea = found(board_id, idea_id)
    if idea.state not in ("open", "in_doubt"):
        return back(board, idea)

    def again(**shown: Any) -> str:
        shown |= {"idea": idea, "form": form, "account": account_of(board)}
        return render_template("ideas/link.html", board=board, **shown)

    if request.method == "GET":
        form = LinkForm(typed())
        return again()
    form = LinkForm()

    def do() -> Response:
        try:
            url, key = idea_url(board, idea), form.key.data or ""
            linked = idea_issues.link_issue(work(), registry(), board, idea, url, key)
            tell(linked, f"The idea is linked to {linked.key}.")
        except Claimed:
            flash(SENT_ALREADY, "info")
        return back(board, idea)

    return changed(board, ONE_ISSUE, form, do, again)


@bp.post("/link-back")
@access.member
def link_back(board_id: UUID, idea_id: UUID) -> Answer:
    """Let the linked issue lead back to the idea."""
    board, idea = found(board_id, idea_id)
    if idea.state != "linked":
        flash("Nothing was sent: this idea is not linked to an issue any more.", "info")
        return back(board, idea)

    def do() -> Response:
        idea_issues.add_link_back(work(), registry(), board, idea, idea_url(board, idea))
        flash(f"{idea.issue_key} leads back to this idea.", "success")
        return back(board, idea)

    def again(**shown: Any) -> str:
        told = shown.get("trouble")
        is_jira_well = told is None or not told.problem.retry
        issues = of_jira(board, idea) if is_jira_well else {}
        return show_page(board, idea, **(issues | {"account": account_of(board)} | shown))

    return changed(board, LINK_BACK, GiveUpForm(), do, again, keep=partial(stay, board, idea))


@bp.route("/unlink", methods=["GET", "POST"])
@access.member
def unlink(board_id: UUID, idea_id: UUID) -> Answer:
    """Ask; take the issue's link away and forget its key, or the key alone where Jira is not to be asked."""
    board, idea = found(board_id, idea_id)
    if not board.is_open_to_me:  # the page, and what is told of it, name the issue
        flash("Nothing was unlinked: first connect, to see what the idea is linked to.", "info")
        return back(board, idea)
    unlinking = _Unlinking(board, idea)
    if request.method == "GET":
        return unlinking.ask() if idea.state == "linked" else back(board, idea)
    if refusal := unlinking.refusal:
        flash(refusal, "info")
        return back(board, idea)
    if "only_here" in request.form:
        return unlinking.do_here()
    keep = partial(stay, board, idea)
    return changed(board, LINK_BACK, unlinking.form, unlinking.do, unlinking.again, keep=keep)


class _Unlinking:
    """An idea that is to be unlinked from the issue that the form names."""

    def __init__(self, board: BoardView, idea: IdeaView) -> None:
        self.form = UnlinkForm()
        self._board, self._idea = board, idea

    def ask(self) -> str:
        """The page that says what will happen."""
        self.form.key.data = self._idea.issue_key
        return self.again()

    def again(self, **shown: Any) -> str:
        """The same page, with what stopped it."""
        shown |= {"idea": self._idea, "form": self.form, "account": account_of(self._board)}
        return render_template("ideas/unlink.html", board=self._board, **shown)

    @property
    def refusal(self) -> str:
        """Why nothing is done where the idea was linked elsewhere since the page was shown; else empty."""
        key = self._idea.issue_key
        if key and self.form.key.data == key:
            return ""
        by_now = f"linked to {key} by now" if key else "not linked any more"
        return f"Nothing was unlinked: this idea is {by_now}."

    def do_here(self) -> Response:
        """Forget the key."""
        idea_issues.forget_issue(work(), self._board, self._idea)
        flash(f"Unlinked here only. In {self._idea.issue_key} a link to this idea may stay.", "success")
        return back(self._board, self._idea)

    def do(self) -> Response:
        """Take the link in Jira away as well."""
        key = self._idea.issue_key
        if idea_issues.unlink_issue(work(), registry(), self._board, self._idea):
            flash(f"The idea is no longer linked to {key}. The issue stays as it is.", "success")
        else:
            flash(f"Unlinked. In Jira you are shown no link from {key}: if there is one, it stays.", "info")
        return back(self._board, self._idea)
