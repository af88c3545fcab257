"""A Jira that asks for a pause is asked nothing until it is over (T33)."""

from collections.abc import Callable, Iterable

import pytest

from tests.api.test_proxy_bulkhead import another_tenant
from tests.jira.servers import always, reply
from tests.support.relayed import Relayed
from tests.support.waiting import wait_until


def busy(seconds: int = 30, **headers: str) -> Callable[[bytes], Iterable[bytes]]:
    """What Jira says to a call too many."""
    headers["Retry_After"] = str(seconds)
    return always(reply(b"Rate limit exceeded.", "429 Too Many Requests", **headers))


@pytest.fixture
def own(relay: Relayed) -> Relayed:
    """With an account that nobody has used yet."""
    relay.jira.answers = {}
    return another_tenant(relay)


def test_within_the_pause_nothing_is_sent(own: Relayed) -> None:
    """Whatever is asked, and whichever process is asked; the seconds that are left are told."""
    own.jira.answers = {"much": busy()}
    first = own.send(b"rest/api/2/much")
    assert (first.status, first.is_from("jira")) == (429, True)
    assert "\r\nretry-after: 30\r\n" in first.head
    own.jira.take()
    for path in (b"rest/api/2/much", b"rest/api/2/myself") * 4:
        told = own.send(path)
        assert (told.status, told.is_from("almoner")) == (503, True), told.raw
        assert b"#account-busy" in told.body and b"asks for a pause" in told.body
        left = int(told.head.partition("\r\nretry-after: ")[2].partition("\r\n")[0])
        assert 1 <= left <= 30
    assert own.jira.take() == []
    assert another_tenant(own).serves(), "another account is another user of Jira"


def test_the_pause_ends(own: Relayed) -> None:
    own.jira.answers = {"much": busy(0)}
    own.send(b"rest/api/2/much")
    wait_until(own.serves)


def test_what_jira_says_of_one_costly_path_is_of_that_alone(own: Relayed) -> None:
    for reason in ("jira-burst-based", "jira-per-issue-on-write"):
        own.jira.answers = {"much": busy(RateLimit_Reason=reason)}
        assert own.send(b"rest/api/2/much").status == 429
        assert own.serves(), reason


def test_a_quota_that_is_spent_is_that_of_the_account(own: Relayed) -> None:
    """Of its app or site: whoever asks there next is told so."""
    own.jira.answers = {"much": busy(900, RateLimit_Reason="jira-quota-tenant-based")}
    assert own.send(b"rest/api/2/much").status == 429
    told = own.send(b"rest/api/2/myself")
    assert (told.status, told.is_from("almoner")) == (503, True)


def test_a_block_without_end_is_looked_at_again(own: Relayed) -> None:
    """Data Center tells a user that is blocked to wait for 292 billion years."""
    own.jira.answers = {"much": busy(2**63 - 1)}
    own.send(b"rest/api/2/much")
    head = own.send(b"rest/api/2/myself").head
    assert 3500 < int(head.partition("\r\nretry-after: ")[2].partition("\r\n")[0]) <= 3600
