"""Telling the people who rest on a grant that it ended. The pages show it in any case."""

from sqlalchemy.orm import Session

from portal.store.tables import Grant


def announce_end(session: Session, row: Grant) -> None:
    """Queue a message to everybody whose connection rested on this grant."""
