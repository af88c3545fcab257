"""Ids as somebody may have typed them into an address or a filter."""

from uuid import UUID


def uuid_of(text: str | None) -> UUID | None:
    """An id; None for what is none, and for nothing."""
    try:
        return UUID(text) if text and text.isascii() else None
    except ValueError:
        return None
