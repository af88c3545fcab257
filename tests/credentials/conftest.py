"""An office with a linked account, and its people signed in."""

from tests.support.linked_office import admin, member, office

__all__ = ["admin", "member", "office"]
