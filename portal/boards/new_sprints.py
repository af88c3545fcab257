"""Making a sprint, as the person at work: once, however often its form is sent."""

from collections.abc import Mapping
from uuid import UUID

from portal.boards import sprint_fields as fields
from portal.boards.paging import read_pages
from portal.boards.reading import Reading, reading
from portal.boards.sent_once import sent_once
from portal.boards.sprint_changes import SprintDesk, note
from portal.errors import FieldErrors
from portal.jira.agile import Sprint
from portal.jira.answers import Code, JiraTrouble
from portal.jira.issues import Page, Start
from portal.jira.sprint_calls import SprintCalls
from portal.kinds.features import EDIT_SPRINTS, SPRINTS

MOST_COMPARED = 200


def make_sprint(desk: SprintDesk, typed: Mapping[str, str], form_id: UUID, seconds: float) -> Sprint:
    """A new sprint of the board, planned; times may be left empty. One of the name of another that is planned
    or active is not made: Jira would take it, and whoever sends anew what was in doubt would make two.

    ``form_id`` is that of the form, which makes one sprint; ``seconds`` the time all calls together have.
    Raises :class:`FieldErrors`, ``SentAlready``, ``FeatureOff``, and as ``reading`` does.
    """
    texts = fields.plain(typed)
    values = fields.values_of(texts, frozenset(fields.FIELDS), desk.zone)
    sent = {name: value for name, value in values.items() if value}
    with (
        sent_once(desk.work, form_id, seconds) as note_made,
        reading(desk.work, desk.registry, desk.board) as reader,
    ):
        _refuse_second(reader, texts["name"])
        made = reader.features.need(
            EDIT_SPRINTS, lambda: SprintCalls(reader.acting.jira).make(desk.board.jira_board_id, sent)
        )
        note_made(made.id)
    note(desk, "board.sprint_made", made.id)
    return made


def _refuse_second(reader: Reading, name: str) -> None:
    """Raises :class:`FieldErrors` where the board has a sprint of this name already; ``FeatureOff`` where its
    sprints cannot be read, nor what was made be seen."""

    def page(start: Start) -> Page[Sprint]:
        return reader.agile.sprints(reader.board.jira_board_id, ("active", "future"), start)

    try:
        found = reader.features.need(SPRINTS, lambda: read_pages(page, MOST_COMPARED))
    except JiraTrouble as trouble:
        if trouble.code is not Code.BAD_REQUEST:
            raise
        return
    if name in {fields.plain({"name": one.name})["name"] for one in found.entries}:
        told = "The board has a sprint of this name. Where you sent this twice, that is yours."
        raise FieldErrors({"name": f"{told} Else enter another name."})
