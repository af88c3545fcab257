"""Single issues by their keys, and why one of several is not taken."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from portal.boards.features import ONE_ISSUE, FeatureOff
from portal.boards.reading import Reading
from portal.credentials.side_by_side import side_by_side
from portal.jira.answers import Code, JiraTrouble
from portal.jira.issues import PROJECT, Issue
from portal.jira.one_issue import read_one

# How Jira refuses all that were sent because of one of them.
NOT_TAKEN = frozenset({Code.NOT_FOUND, Code.BAD_REQUEST})


def known_issue(reader: Reading, key: str) -> Issue:
    """One issue with its epic and its project; raises ``FeatureOff`` and ``not_found`` trouble."""
    names = tuple(name for name in (PROJECT, *reader.fields().asked_for) if name)
    return reader.features.need(ONE_ISSUE, lambda: read_one(reader.acting.jira, key, names)[0])


def left_out(reasons: Mapping[str, str], has_others: bool) -> str:
    """What is told of ticked issues that a move leaves out; ``has_others``: some are still ticked."""
    told = f"{'It is' if len(reasons) == 1 else 'They are'} left out now"
    return " ".join((*reasons.values(), f"{told}{': send the others again' if has_others else ''}."))


def why_not(
    reader: Reading, keys: Sequence[str], judge: Callable[[str, Issue], str] | None = None
) -> dict[str, str]:
    """What is the matter with single issues of those Jira did not take: a sentence for the key of each.

    ``judge`` has a sentence, or none, for an issue that is there and no sub-task. Raises JiraTrouble.
    """

    def look(key: str) -> str:
        try:
            issue = known_issue(reader, key)
        except FeatureOff:
            return ""
        except JiraTrouble as trouble:
            if trouble.code is not Code.NOT_FOUND:
                raise
            return f"{key} is no issue that Jira shows you."
        if issue.is_subtask:
            return f"{key} is a sub-task. It is where its issue is."
        return judge(key, issue) if judge else ""

    sentences = side_by_side(reader.acting, [partial(look, key) for key in keys])
    return {key: sentence for key, sentence in zip(keys, sentences, strict=True) if sentence}
