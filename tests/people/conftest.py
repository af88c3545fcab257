import pytest

from portal.store.work import NOBODY, Work


@pytest.fixture
def nobody(store):
    """Somebody who is not signed in."""
    return Work(store, None, NOBODY)
