"""The forms about a sprint, filled with how it is in Jira, or with what was typed before one left to connect.

Each function asks Jira as the person at work; raises as ``reading`` does.
"""

from dataclasses import dataclass

from portal import clock
from portal.boards import sprint_pages
from portal.boards.features import Off
from portal.boards.sprint_changes import Known, SprintDesk
from portal.boards.sprint_fields import proposed, texts_of
from portal.boards.sprint_pages import SprintPage
from portal.kinds.features import DELETE_SPRINTS, EDIT_SPRINTS
from portal.pages.boards.changing import typed
from portal.pages.boards.sprint_forms import (
    CompleteForm,
    CountedForm,
    KnownForm,
    NewSprintForm,
    SprintForm,
    StartForm,
)


@dataclass(frozen=True)
class FilledForm:
    """What the page of a form shows: ``form`` is None while what it does is off."""

    form: KnownForm | None
    sprint_id: int | None
    off: tuple[Off, ...] = ()


def to_make(desk: SprintDesk) -> FilledForm:
    """For a new sprint."""
    has_sprints, off = sprint_pages.may_make(desk)
    return FilledForm(NewSprintForm(typed()).renew() if has_sprints and not off else None, None, off)


def to_change(desk: SprintDesk, sprint_id: int, kind: type[SprintForm | StartForm]) -> FilledForm:
    """For its name, goal and times, or for the times to start it with."""
    shown = sprint_pages.sprint_page(desk, sprint_id, EDIT_SPRINTS)
    if shown.sprint is None:
        return FilledForm(None, sprint_id, shown.off)
    offered = proposed(shown.sprint, clock.now()) if kind is StartForm else shown.sprint
    return _filled(desk, kind(typed(), data=texts_of(offered, desk.zone)), shown)


def to_delete(desk: SprintDesk, sprint_id: int) -> FilledForm:
    """For what is lost with it."""
    shown = sprint_pages.sprint_page(desk, sprint_id, DELETE_SPRINTS, counted=True)
    if shown.sprint is None:
        return FilledForm(None, sprint_id, shown.off)
    form = CountedForm()
    form.count_in(shown.inside)
    return _filled(desk, form, shown)


def to_complete(desk: SprintDesk, sprint_id: int) -> FilledForm:
    """For where its open issues go."""
    shown = sprint_pages.sprint_page(desk, sprint_id, EDIT_SPRINTS, counted=True, aims=True)
    if shown.sprint is None:
        return FilledForm(None, sprint_id, shown.off)
    form = CompleteForm(typed())
    form.count_in(shown.inside)
    form.offer(shown.planned)
    return _filled(desk, form, shown)


def _filled(desk: SprintDesk, form: KnownForm, shown: SprintPage) -> FilledForm:
    """The form, which knows what is shown now; what was typed before one left to connect knows its own."""
    if shown.sprint and form.was_state.data is None:
        form.know(Known.of(shown.sprint, desk.zone))
    return FilledForm(form, shown.sprint.id if shown.sprint else None, shown.off)
