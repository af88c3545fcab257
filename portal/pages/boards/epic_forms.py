"""Forms that change epics and what is in them. What may stand in a field is decided by the rules."""

from collections.abc import Iterable, Mapping

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)

from portal.boards.cards import Card, EpicCard
from portal.boards.epic_changes import CLOUD_COLORS, SERVER_COLORS, EpicToEdit, EpicValues
from portal.boards.epic_moves import NO_EPIC
from portal.boards.epics import IssuePage
from portal.boards.moves import ticks_of
from portal.boards.paging import Listing
from portal.boards.reading import MOST_ISSUES
from portal.errors import FieldErrors
from portal.jira.jql import is_key

DONE_HINT = (
    "An epic is done by a mark of its own: Jira then leaves it out where open epics are offered. It goes "
    "through no workflow, and its status stays as it is."
)
YES = "yes"


class EpicForm(FlaskForm):
    """An epic, with what the person saw of it: only what they change is sent."""

    name = StringField("Name", description="The short one, as it stands on the cards of its issues.")
    summary = StringField("Summary")
    color = RadioField("Colour")
    done = BooleanField("Done", description=DONE_HINT)
    was_name, was_summary, was_color, was_done = HiddenField(), HiddenField(), HiddenField(), HiddenField()
    team_managed = HiddenField()

    def offer_colors(self, is_cloud: bool) -> "EpicForm":
        """The colours that Jira has; the epic's own as well, where it is one more."""
        colors = dict(CLOUD_COLORS if is_cloud else SERVER_COLORS)
        own = self.was_color.data or ""
        if own in CLOUD_COLORS:
            colors.setdefault(own, CLOUD_COLORS[own])
        self.color.choices = [SelectChoice(key, label) for key, label in colors.items()]
        return self

    def fill(self, epic: EpicToEdit) -> None:
        """With what Jira has."""
        if epic.values is None:
            return
        self.name.data, self.summary.data = epic.values.name, epic.values.summary
        self.color.data, self.done.data = epic.values.color, epic.values.done
        self.team_managed.data = YES if epic.is_team_managed else ""
        self.saw(epic.values)

    def saw(self, values: EpicValues) -> None:
        """Remember what Jira has as what the person was shown."""
        self.was_name.data, self.was_summary.data = values.name, values.summary
        self.was_color.data, self.was_done.data = values.color, YES if values.done else ""

    @property
    def is_team_managed(self) -> bool:
        """Whether only the summary is asked for."""
        return bool(self.team_managed.data == YES)

    @property
    def was(self) -> EpicValues:
        """What the person saw."""
        return EpicValues(
            name=self.was_name.data or "",
            summary=self.was_summary.data or "",
            color=self.was_color.data or "",
            done=self.was_done.data == YES,
        )

    @property
    def wanted(self) -> EpicValues:
        """What the person wants."""
        was, summary = self.was, self.summary.data or ""
        if self.is_team_managed:
            return EpicValues(was.name, summary, was.color, was.done)
        return EpicValues(self.name.data or "", summary, self.color.data or was.color, bool(self.done.data))


class TicksForm(FlaskForm):
    """Issues that can be ticked."""

    issue = SelectMultipleField("Issues", id="issues", validate_choice=False)

    @property
    def ticked(self) -> list[str]:
        """The keys of those that are, in the order of the list."""
        return [tick.key for tick in ticks_of(self.issue.data or ())]

    def expect_few(self) -> None:
        """Raises :class:`FieldErrors` where more are than a page shows."""
        if len(self.ticked) > MOST_ISSUES:
            raise FieldErrors({"issue": f"Tick {MOST_ISSUES} issues at most."})

    def keep(self, keys: Iterable[str]) -> None:
        """Leave only these ticked."""
        kept = set(keys)
        self.issue.data = [tick.value for tick in ticks_of(self.issue.data or ()) if tick.key in kept]


class LeaveForm(TicksForm):
    """Ticked issues of an epic and where they go."""

    to = SelectField("Move the ticked issues to", validate_choice=False)

    def offer(self, epics: Listing[EpicCard] | None) -> "LeaveForm":
        """These epics, and none."""
        chosen = [("", "Choose"), (NO_EPIC, "No epic")]
        self.to.choices = [SelectChoice(*pair) for pair in (*chosen, *_pairs(epics, self.to.data))]
        return self

    @property
    def target(self) -> str:
        """The key of the epic, empty for none. Raises :class:`FieldErrors` when nothing was chosen."""
        return target_of("to", self.to.data)


class AddForm(TicksForm):
    """Issues that go into an epic: found and ticked, or typed by key."""

    keys = TextAreaField(
        "Keys of issues", description="Separated by blanks or commas, such as ABC-12 ABC-15. At most 50."
    )
    was = HiddenField()

    def see(self, cards: Iterable[Card]) -> "AddForm":
        """The person sees these now, each in its epic."""
        return self.learn({card.key: card.epic_key for card in cards if card.url})

    def learn(self, epics: Mapping[str, str]) -> "AddForm":
        """The person is told of these issues, by key, in which epic each is now."""
        self.was.data = " ".join(f"{key}:{epic}" for key, epic in (self.seen | dict(epics)).items())
        return self

    @property
    def seen(self) -> dict[str, str]:
        """By its key the epic each issue was seen in, empty for none."""
        pairs = [word.partition(":") for word in (self.was.data or "").split()[:MOST_ISSUES]]
        return {key: epic for key, _, epic in pairs if is_key(key)}


class EpicOfIssueForm(FlaskForm):
    """The epic of one issue, and the one the person saw."""

    epic = SelectField("Epic", validate_choice=False)
    was = HiddenField()

    def offer(self, epics: Listing[EpicCard] | None) -> "EpicOfIssueForm":
        """These epics, and none."""
        pairs = ((NO_EPIC, "No epic"), *_pairs(epics, self.epic.data))
        self.epic.choices = [SelectChoice(*pair) for pair in pairs]
        return self


def target_of(name: str, chosen: str | None) -> str:
    """The key of the chosen epic, empty for none. Raises :class:`FieldErrors` for what is neither."""
    if chosen == NO_EPIC:
        return ""
    key = (chosen or "").strip().upper()
    if not is_key(key):
        raise FieldErrors({name: "Choose an epic, or no epic."})
    return key


def leaving(live: IssuePage) -> dict[str, object]:
    """What the page of an epic needs to have its issues ticked."""
    children = live.children.entries if live.children else ()
    others = live.controls.others if live.controls else None
    return {"leaving": LeaveForm().offer(others), "places": places_of(children)}


def places_of(cards: Iterable[Card]) -> dict[str, int]:
    """Where each card that can be ticked stands in its list, by key."""
    return {card.key: place for place, card in enumerate(cards) if card.url}


def _pairs(epics: Listing[EpicCard] | None, chosen: str | None) -> list[tuple[str, str]]:
    """Key and name of each; the one that is chosen as well, where it is another."""
    entries = epics.entries if epics else ()
    pairs = {epic.key: f"{epic.name} ({epic.key}){', done' if epic.done else ''}" for epic in entries}
    if chosen and is_key(chosen):
        pairs.setdefault(chosen, chosen)
    return list(pairs.items())
