"""Forms of the pages that change sprints. Each holds what it was loaded with, beside what is typed."""

from collections.abc import Iterable
from uuid import uuid4
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.widgets import DateTimeLocalInput

from portal import clock
from portal.boards.sprint_changes import Known
from portal.boards.sprint_ends import Ending
from portal.boards.sprint_fields import FIELDS, IN_THE_PAST, LONGEST_NAME, is_past, plain
from portal.boards.sprint_pages import Inside
from portal.errors import FieldErrors
from portal.jira.agile import Sprint
from portal.jira.jql import is_key
from portal.jira.readers import LARGEST
from portal.pages.boards.once_forms import OnceForm

BACKLOG = "backlog"
_OPTIONAL = {"optional": True}


class TimeField(StringField):
    """A day and a time, as text: the rules read it, and what was typed comes back as it was."""

    widget = DateTimeLocalInput()


class KnownForm(FlaskForm):
    """What the person saw of a sprint."""

    was_state = HiddenField()
    was_name = HiddenField()
    was_goal = HiddenField()
    was_start = HiddenField()
    was_end = HiddenField()

    def know(self, known: Known) -> None:
        """This is what the person sees from now on."""
        self.was_state.data = known.state
        for name in FIELDS:
            self[f"was_{name}"].data = known.texts[name]

    def learn(self, known: Known) -> None:
        """The same of somebody who has typed already: what that person left as it was follows."""
        typed, was = plain(self.texts), plain(self.known.texts)
        for name in FIELDS:
            if name in self and typed[name] == was[name]:
                self[name].data = known.texts[name]
        self.know(known)

    @property
    def known(self) -> Known:
        """What the person saw."""
        return Known(self.was_state.data or "", {name: self[f"was_{name}"].data or "" for name in FIELDS})

    @property
    def kept(self) -> dict[str, list[str]]:
        """All of it, as it would be sent again."""
        return {one.name: [one.data or ""] for one in self if one.name != "csrf_token"}

    @property
    def texts(self) -> dict[str, str]:
        """What was typed; what the page had no field for is as it was."""
        typed = {name: self[name].data for name in FIELDS if name in self}
        return {**self.known.texts, **{name: text for name, text in typed.items() if text is not None}}


class TimedForm(KnownForm):
    """Has a start; ``past`` is one that is long over, of which the person was told already."""

    past = HiddenField()

    def hold_past(self, zone: ZoneInfo) -> None:
        """Have the person say once more that they mean a start that is long over, if they typed it.

        Raises :class:`FieldErrors`.
        """
        start = plain(self.texts)["start"]
        is_told = start in (plain(self.known.texts)["start"], self.past.data)
        if not is_told and is_past(start, zone, clock.now()):
            self.past.data = start
            raise FieldErrors({"start": IN_THE_PAST})


class StartForm(TimedForm):
    """From when to when a sprint goes."""

    start = TimeField("Start")
    end = TimeField("End")


class SprintForm(TimedForm):
    """All that can be said of a sprint."""

    name = StringField("Name", description=f"At most {LONGEST_NAME} characters.")
    goal = TextAreaField("Goal", render_kw={"rows": 3})
    start = TimeField("Start")
    end = TimeField("End")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for field in (self.goal, self.start, self.end):
            field.flags.optional = True


class NewSprintForm(OnceForm, SprintForm):
    """The same of one that is yet to be made."""

    def renew(self) -> "NewSprintForm":
        """Give it an id of its own, whatever was typed: what was made of another page is not made of this."""
        self.form_id.data = str(uuid4())
        return self


class CountedForm(KnownForm):
    """What the person saw of a sprint's issues."""

    count = HiddenField()
    done = HiddenField()
    is_whole = HiddenField()

    def count_in(self, inside: Inside | None) -> None:
        """This is what the person sees of them."""
        if inside is not None:
            self.count.data, self.done.data = str(inside.count), str(inside.done)
            self.is_whole.data = "yes" if inside.is_whole else ""

    @property
    def inside(self) -> Inside | None:
        """What the person saw of them."""
        count, done = _number(self.count.data), _number(self.done.data)
        if count is None or done is None:
            return None
        return Inside(count, min(count, done), bool(self.is_whole.data))


class CompleteForm(CountedForm):
    """Where the open issues go.

    ``aims`` are the sprints that were offered, ``left`` the issues that an earlier try has not moved,
    ``moved`` how many it has, ``completed`` whether it has completed the sprint.
    """

    to = RadioField("Open issues go to", validate_choice=False)
    aims = HiddenField()
    left = HiddenField()
    completed = HiddenField()
    moved = HiddenField()

    def offer(self, planned: Iterable[Sprint]) -> None:
        """Offer these sprints."""
        self.aims.data = "\n".join(f"{one.id} {one.name}" for one in planned if one.id)
        self.choose()

    def choose(self) -> None:
        """Offer what was offered before."""
        pairs = [line.strip().partition(" ") for line in (self.aims.data or "").splitlines()]
        known = [(aim, name or aim) for aim, _, name in pairs if _number(aim)]
        self.to.choices = [(BACKLOG, "The backlog"), *known]
        self.to.data = self.to.data or BACKLOG

    @property
    def ending(self) -> Ending:
        """What is to be done, and what an earlier try has done already."""
        aim = self.to.data if _number(self.to.data) else ""
        left = [key for key in (self.left.data or "").split() if is_key(key)]
        return Ending(aim, left, bool(self.completed.data), moved=_number(self.moved.data) or 0)

    def remember(self, ending: Ending) -> None:
        """How far it got."""
        self.left.data, self.moved.data = " ".join(ending.left), str(ending.moved)
        self.completed.data = "yes" if ending.is_completed else ""


def _number(text: str | None) -> int | None:
    """A whole number as Jira gives them."""
    if not (text and text.isascii() and text.isdecimal() and len(text) <= len(str(LARGEST))):
        return None
    return int(text) if int(text) <= LARGEST else None
