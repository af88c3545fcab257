"""Commands that change the key file wait for one another (T35)."""

import pytest

from portal.store.ring import changing_ring
from tests.operator.conftest import Operator
from tests.operator.test_root_keys import add, ids


@pytest.mark.parametrize("empty_database", ["sqlite"], indirect=True)
def test_one_command_at_a_time_changes_the_ring(operator: Operator) -> None:
    """Two that read it at once would each leave out what the other had made."""
    [old] = ids(operator)
    with changing_ring(operator.settings):
        for words in (("add",), ("promote", old), ("retire", old)):
            assert "Another command changes" in operator.run("root-key", *words, code=1)
    assert ids(operator) == [old]
    new = add(operator)
    assert ids(operator) == [old, new]
