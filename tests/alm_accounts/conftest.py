"""An office with a linked account, its people signed in, and what a form that is refused tells them."""

from tests.support.linked_office import admin, member, office
from tests.support.person import Person

__all__ = ["admin", "errors", "member", "office"]


def errors(person: Person) -> str:
    """What is wrong with the form that the person has sent."""
    assert person.status == 422, person.page.text[:300]
    return " ".join(person.page.errors())
