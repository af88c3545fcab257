"""What the account rests on and until when: end dates, and the age of secrets that have none."""

from collections.abc import Sequence
from datetime import timedelta

from portal.alm_accounts.account_views import AccountView
from portal.alm_accounts.endings import PEOPLE, Ending
from portal.checklist.calls import Calls
from portal.checklist.outcome import Outcome, failed, proved, warning
from portal.checklist.row import Row
from portal.checklist.scene import Scene
from portal.checklist.words import day_of, many

NEAR = timedelta(days=30)
# The row about TLS meets the certificate itself; what was stored of it may have been renewed since.
_MET = "certificate"


def ends(calls: Calls) -> Outcome:
    """The soonest end decides; what people connected for themselves is told, and is theirs to mend."""
    scene = calls.scene
    own = sorted((one for one in scene.endings if _counts(one)), key=lambda one: one.ends_at)
    said = " ".join(piece for piece in (_dated(own, scene), _ages(scene), _of_people(scene)) if piece)
    tried = "Looked at the dates that are known here; nothing was called."
    due = [one for one in own if one.ends_at - scene.now <= NEAR]
    first = min(due, key=lambda one: (one.words.is_advice, one.ends_at), default=None)
    if first is None:
        return proved(said or "Nothing this account rests on has an end that is known.", tried)
    about = {"what": first.words.title, "day": day_of(first.ends_at), "todo": first.words.todo}
    if first.words.is_advice:
        return warning("secret_is_old", said, tried, **about)
    if first.ends_at <= scene.now:
        return failed("something_ended", said, tried, **about)
    return warning("something_ends", said, tried, **about, days=(first.ends_at - scene.now).days)


def _counts(ending: Ending) -> bool:
    return ending.whose != PEOPLE and ending.kind != _MET


def _dated(own: Sequence[Ending], scene: Scene) -> str:
    return " ".join(f"{one.words.title}: {_when(one, scene)}." for one in own)


def _when(ending: Ending, scene: Scene) -> str:
    days = (ending.ends_at - scene.now).days
    if ending.words.is_advice:
        return f"best replaced by {day_of(ending.ends_at)}"
    if ending.ends_at <= scene.now:
        return f"ended {day_of(ending.ends_at)}"
    return f"ends {day_of(ending.ends_at)}, in {many(days, 'day')}"


def _ages(scene: Scene) -> str:
    """How old the secrets are; of the operator's app none is held here."""
    account: AccountView = scene.account
    aged = []
    if account.current_key:
        aged.append(("RSA key made", account.current_key.made_at))
    if account.app and account.app.secret_set_at:
        aged.append(("Client secret entered", account.app.secret_set_at))
    if account.own and account.own.is_pasted:
        aged.append(("Token or password entered", account.own.connected_at))
    return " ".join(
        f"{what} {day_of(at)}, {many(max(0, (scene.now - at).days), 'day')} ago." for what, at in aged
    )


def _of_people(scene: Scene) -> str:
    near = {one.user_id for one in scene.endings if one.whose == PEOPLE and one.ends_at - scene.now <= NEAR}
    if not near:
        return ""
    people = "1 person" if len(near) == 1 else f"{len(near)} people"
    return f"The own connection of {people} has ended, or ends within 30 days."


ROWS = (Row("ends", "End dates and ages of secrets", ends),)
