"""What to do about a row, as numbered steps with the account's own values and the pages they speak of.

The sentences are those of the catalogue of problems and stand there only. Here each becomes a step, and what
it names gets its value to copy and its link, whoever wrote it: a new problem needs nothing here.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from portal.checklist.pages_named import Grounds, Link, links
from portal.checklist.shown import RowView
from portal.credentials.problem import TENANT_ADMIN, YOU, Problem
from portal.kinds.shape import Copy

T = TypeVar("T")

# What the set-up page is only looked at for stands in a guide too.
_READ_HERE = re.compile(r"((?:by the steps|the one|what stands) on) the set-up page")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z“])|; (?=(?:second|third|fourth|fifth), )")
_ADDRESS = re.compile(r"https?://[^\s,;“”]+[^\s,;:.“”]")


@dataclass(frozen=True)
class Remedy:
    """One step. ``copies`` are values to carry over; ``links`` are pages of Jira's or Atlassian's, as address
    and text; ``pages`` name pages of this portal, which the page that shows it knows."""

    text: str
    copies: tuple[Copy, ...] = ()
    links: tuple[Link, ...] = ()
    pages: tuple[str, ...] = ()


def remedies(grounds: Grounds, row: RowView) -> tuple[Remedy, ...]:
    """What to do about a row that has a problem; nothing for any other."""
    if row.trouble is None:
        return ()
    values = _values(grounds)
    shown: set[str] = set()
    return tuple(_step(grounds, row, text, values, shown) for text in sentences(row.trouble.fix))


def sentences(fix: str) -> list[str]:
    """The steps of a remedy that is written as prose."""
    found = [piece.strip() for piece in _SENTENCE.split(fix)]
    return [piece[:1].upper() + piece[1:] + ("" if piece[-1] in ".!?”" else ".") for piece in found if piece]


def for_outsiders(fix: str) -> str:
    """A remedy for the reader of a guide, who has its values before them and can open no page of this portal:
    without the sentences that speak of one. Empty where each does."""
    read_here = [_READ_HERE.sub(r"\1 this page", sentence) for sentence in sentences(fix)]
    named = [phrase for phrase, _ in OUR_PAGES]
    return " ".join(one for one in read_here if not any(_is_named(phrase, one) for phrase in named))


def owner_here(problem: Problem) -> str:
    """Who can mend it, to an admin of the tenant."""
    return "You" if is_yours(problem) else problem.owner[:1].upper() + problem.owner[1:]


def is_yours(problem: Problem) -> bool:
    """Whether an admin of the tenant can mend it: the credential is the account's own."""
    return problem.owner in (YOU, TENANT_ADMIN)


def _step(grounds: Grounds, row: RowView, text: str, values: Mapping[str, Copy], shown: set[str]) -> Remedy:
    """``shown``: what was given already: once is enough."""
    copies = _fresh((values[id] for phrase, id in COPIED if phrase in text and id in values), shown)
    addresses = _fresh(_ADDRESS.findall(text), shown)
    typed = tuple(Copy(f"address-{len(shown) + n}", "Address", one) for n, one in enumerate(addresses))
    return Remedy(
        text,
        tuple(replace(copy, id=f"{row.name}-{copy.id}") for copy in (*copies, *typed)),
        _fresh(links(grounds, text), shown),
        _fresh((page for phrase, page in OUR_PAGES if _is_named(phrase, text)), shown),
    )


def _is_named(phrase: str, text: str) -> bool:
    """Whether a page of this portal is: a site has Settings of its own, with apps."""
    return phrase in text.replace("Settings → Apps", "")


def _fresh(found: Iterable[T], shown: set[str]) -> tuple[T, ...]:
    fresh = tuple(one for one in dict.fromkeys(found) if str(one) not in shown)
    shown |= {str(one) for one in fresh}
    return fresh


def _values(grounds: Grounds) -> dict[str, Copy]:
    """Every value the kind's guide has for copying, by its id; who goes by the operator's app has none."""
    if grounds.account.is_by_shared_app:
        return {}
    guide = grounds.account.kind.guide(grounds.facts)
    found = {copy.id: copy for step in guide for copy in step.copies}
    if addresses := ", ".join(grounds.facts.outbound_addresses):
        found["outbound"] = Copy("outbound", "Addresses of this portal", addresses)
    return found


# What a sentence calls a value of the guide, and the id of that value there.
COPIED = (
    ("onsumer key", "consumer-key"),
    ("ublic key", "public-key"),
    ("allback URL", "callback-url"),
    ("edirect URL", "callback-url"),
    ("the scopes listed", "token-scopes"),
    ("all the scopes", "token-scopes"),
    ("all scopes that", "token-scopes"),
    ("those the set-up page lists", "token-scopes"),
    ("ddresses of this portal", "outbound"),
)
# What a sentence calls a page of this portal, and the page's name.
OUR_PAGES = (
    ("set-up", "set_up"),
    ("Set-up", "set_up"),
    ("under Settings", "settings"),
    ("base URL here", "address"),
    ("orrect the base URL", "address"),
    ("heck the base URL", "address"),
    ("spelling of the base URL", "address"),
    ("as base URL", "address"),
    ("overview", "overview"),
    ("Overview", "overview"),
    ("onnect again", "authorise"),
    ("onnect anew", "authorise"),
    ("tart again", "authorise"),
    ("onnect as another", "authorise"),
    ("uthorise", "authorise"),
    ("ress Get auth token", "authorise"),
    ("nter it here", "authorise"),
    ("the new one here", "authorise"),
    ("nter that token", "authorise"),
    ("nter both again", "authorise"),
    ("a personal access token instead", "authorise"),
    ("Fields", "fields"),
    ("onnected people", "people"),
    ("under Boards", "boards"),
    ("dd an account", "new"),
)
