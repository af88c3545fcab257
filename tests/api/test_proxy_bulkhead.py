"""One tenant's Jira that hangs takes no thread from the others (T31)."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from portal.programs.keys import READ_PROXY
from portal.start import open_store
from tests.support.hostile_answers import SLOW
from tests.support.programs import program_key
from tests.support.relayed import Relayed, Told, account_at
from tests.support.world import World

AT_ONCE = 120  # more than both processes have threads


def test_others_are_served_while_a_jira_hangs(relay: Relayed) -> None:
    name, hangs = next(iter(SLOW.items()))
    relay.jira.answers = {name: hangs}
    other = another_tenant(relay)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        waiting = [threads.submit(relay.send, b"rest/api/2/" + name.encode()) for _ in range(AT_ONCE)]
        seen: list[Told] = []
        while not all(one.done() for one in waiting):
            seen.append(other.send(b"rest/api/2/myself"))
        told = Counter(one.result().status for one in waiting)
    assert seen and {one.status for one in seen} == {200}
    assert set(told) == {503, 504}, "turned away at once, or given up at the deadline"
    assert told[503] >= AT_ONCE // 4
    assert relay.serves()


def another_tenant(relay: Relayed) -> Relayed:
    """A tenant of its own at the same portal, whose Jira answers."""
    store = open_store(relay.settings)
    tenant = World(store).tenant()
    account_id, token = account_at(tenant, relay.jira.server.url)
    key = program_key(tenant, [account_id], "Script", operations=[READ_PROXY])
    store.engine.dispose()
    return replace(relay, tenant=tenant, account_id=account_id, token=token, key=key)
