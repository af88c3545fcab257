"""Where on a board somebody is, kept in their browser's session: who leaves to connect comes back to it."""

from uuid import UUID

from flask import request, session, url_for

_KEY = "board_place"
LONGEST = 500


def here() -> str:
    """The address that is asked for, with what was chosen in it; on this portal whatever it says."""
    return request.full_path.rstrip("?")


def remember(board_id: UUID, address: str = "") -> None:
    """Keep an address of this portal, that of the page that is asked for if none is given, with what was
    chosen on it; one place is kept."""
    address = address or here()
    # The cookie has to stay small: a browser drops one of 4 kB, and with it what else the session holds.
    place = [str(board_id), address if len(address) <= LONGEST else request.path]
    if session.get(_KEY) != place:
        session[_KEY] = place


def back_to(board_id: UUID) -> str:
    """The kept address of a page of this board; else the board's own."""
    kept = session.get(_KEY) or ["", ""]
    return kept[1] if kept[0] == str(board_id) else url_for("boards.show", board_id=board_id)
