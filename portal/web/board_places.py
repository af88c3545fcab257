"""Where on a board somebody is, kept in their browser's session: who leaves to connect comes back to it.

Several tabs may be at several places: a form that connects carries that of its page, and of the consents that
are under way the newest two keep their own. An older one leads back to the last place.
"""

import re
from urllib.parse import unquote
from uuid import UUID

from flask import g, request, session, url_for

_KEY, _OF_FLOWS = "board_place", "board_places"
LONGEST = 500
_PLAIN = re.compile(r"[!-~]+")
_BETWEEN = re.compile(r"[/\\]")  # as browsers read an address
_MOST_FLOWS = 2  # consents under way whose places are kept: the cookie has to stay small


def here() -> str:
    """The address that is asked for, with what was chosen in it; on this portal whatever it says."""
    return request.full_path.rstrip("?")


def remember(board_id: UUID, address: str = "") -> None:
    """Keep an address of this portal, that of the page that is asked for if none is given, with what was
    chosen on it; of the places of several tabs it is the last. What a redirect cannot lead to is left out."""
    address = address or here()
    if not _is_followed_as_written(address):
        return
    # The cookie has to stay small: a browser drops one of 4 kB, and with it what else the session holds.
    place = [str(board_id), address if len(address) <= LONGEST else request.path]
    g.board_place = place[1]
    if session.get(_KEY) != place:
        session[_KEY] = place


def _is_followed_as_written(address: str) -> bool:
    """Whether it fits a header, and leads to no other page than it says."""
    path = unquote(address.partition("?")[0])
    return _PLAIN.fullmatch(address) is not None and ".." not in _BETWEEN.split(path)


def way_back() -> str:
    """The place that was kept by this request, which its page carries; empty for a page of no board."""
    address: str = g.get("board_place", "")
    return address


def leave_from(board_id: UUID, address: str) -> None:
    """Keep the place a form carried; what is no address of a page of this board is left out."""
    home = url_for("boards.show", board_id=board_id)
    if len(address) <= LONGEST and address.startswith((f"{home}/", f"{home}?")):
        remember(board_id, address)


def leave_by(flow_id: UUID) -> None:
    """Keep the place for this consent, whatever other tabs do while it is under way."""
    if _KEY in session:
        others = list(session.get(_OF_FLOWS, []))[1 - _MOST_FLOWS :]
        session[_OF_FLOWS] = [*others, [str(flow_id), *session[_KEY]]]


def back_to(board_id: UUID, flow_id: UUID | None = None) -> str:
    """The address of a page of this board that was kept, for that consent or else the last; else the
    board's own."""
    of_flow = [place for flow, *place in session.get(_OF_FLOWS, []) if flow == str(flow_id)]
    kept = of_flow[0] if of_flow else session.get(_KEY) or ["", ""]
    return kept[1] if kept[0] == str(board_id) else url_for("boards.show", board_id=board_id)
