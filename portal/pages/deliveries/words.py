"""A delivery in words: what became of it, the steps of its way, and the JSON that goes to Jira."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from portal.credentials.problems import problem
from portal.credentials.waiting_deliveries import REPLAYED
from portal.deliveries.data_kinds import DataKind
from portal.deliveries.outcomes import OUTCOMES
from portal.deliveries.reading import DeliveryView, Whole
from portal.deliveries.replaying import SENT_AGAIN
from portal.deliveries.ways import NAMELESS, WayView
from portal.people import users
from portal.store.work import Work
from portal.visible import HIDDEN

JSON_SHOWN = 3000  # characters of a body that are shown at once
_KEYS_TOLD = 20
_SENT = {
    "accepted": "accepted it",
    "ignored": "took it and ignored it, since it had a newer number of the same",
    "rejected": "rejected it",
    "failed": "refused the call because of it",
    "unanswered": "took the call and did not say what became of it",
}


@dataclass(frozen=True)
class Step:
    """A step of the way, as :func:`macros/parts.html:timeline` shows it."""

    time: datetime
    who: str
    what: str
    outcome: str | None = None
    detail: str = ""


@dataclass(frozen=True)
class Shown:
    """JSON as a page shows it: ``head`` at once, ``whole`` where somebody asks, if that is more."""

    head: str
    whole: str | None


def steps_of(work: Work, found: Whole) -> list[Step]:
    """The way of a delivery so far, in words."""
    by = {user_id for step in found.steps if (user_id := _user(step))}
    names = users.names(work, by)
    last = max((place for place, step in enumerate(found.steps) if step["what"] == "sent"), default=None)
    own: dict[str, Any] = {"reasons": found.view.reasons, "unknown_keys": found.view.unknown}
    own |= {"unknown_count": found.view.unknown_count}
    ends = found.view.outcome != "waiting"
    return [
        _step(step | own if ends and place == last else step, found.view, names)
        for place, step in enumerate(map(dict, found.steps))
    ]


def _step(step: Mapping[str, Any], view: DeliveryView, names: Mapping[UUID, str]) -> Step:
    at, what = datetime.fromisoformat(step["at"]), step["what"]
    person = names.get(_user(step) or UUID(int=0), NAMELESS)
    if what == "received":
        return Step(at, "Almoner", f"took it from the program with the key {view.sender}")
    if what == REPLAYED:
        return Step(at, person, "replayed it, with the same number")
    if what == SENT_AGAIN:
        return Step(at, person, "had the latest state sent again, with a new number")
    if what == "sent":
        code = str(step.get("code", ""))
        return Step(at, "Jira", _SENT.get(code, code), code if code in OUTCOMES else None, _said(step))
    told = problem(str(step.get("code", "")), is_cloud=True, only_sends=True).title
    if what == "refused_together":
        return Step(
            at, "Jira", f"refused a call with several, so they go in smaller calls{_times(step)}", None, told
        )
    return Step(at, "Almoner", f"could not send it{_times(step)}, and tries again", None, told)


def _said(step: Mapping[str, Any]) -> str:
    """What Jira gave as reasons, and which keys it did not know."""
    said = [f"“{reason}”" for reason in step.get("reasons", ())]
    if unknown := step.get("unknown_keys"):
        more = step.get("unknown_count", len(unknown)) - len(unknown[:_KEYS_TOLD])
        others = f" and {more} more; they stand in the JSON" if more > 0 else ""
        said.append(f"Keys it does not know: {', '.join(unknown[:_KEYS_TOLD])}{others}.")
    return " ".join(said)


def _times(step: Mapping[str, Any]) -> str:
    times = step.get("times", 1)
    return f" ({times} times)" if times > 1 else ""


def _user(step: Mapping[str, Any]) -> UUID | None:
    return UUID(step["by"]) if "by" in step else None


def waits_for(way: WayView | None, kind: DataKind) -> str:
    """Why a delivery of this kind and account has not gone yet."""
    if way is not None and way.state == "sending" and kind.name in way.left_out:
        told = way.left_out[kind.name].trouble
        return f"{kind.title} of {way.account_name} wait: {told.title}. {told.cause} {told.fix}"
    if way is None or way.state == "sending":
        return "It is in the queue and goes with one of the next calls to Jira, usually within seconds."
    if way.state == "paused":
        return f"{way.account_name} was paused by {way.paused_by}. It goes when somebody resumes it."
    if way.trouble:
        return (
            f"Nothing of {way.account_name} gets through to Jira: {way.trouble.title}. It is tried again by "
            "itself, and goes once that is mended."
        )
    return f"The set-up of {way.account_name} is not finished. It goes once it is."


def shown_json(body: Mapping[str, Any]) -> Shown:
    """What goes to Jira, to be read by a person; what is hidden as JSON writes it in letters."""
    lines = json.dumps(body, indent=2, ensure_ascii=False).split("\n")
    text = "\n".join(HIDDEN.sub(lambda found: json.dumps(found[0])[1:-1], line) for line in lines)
    return Shown(text[:JSON_SHOWN], text) if len(text) > JSON_SHOWN else Shown(text, None)
