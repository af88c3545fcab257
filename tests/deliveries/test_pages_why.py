"""Why is nothing on my issue? Each reason there may be, in words, with what to do."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from portal.deliveries import why
from portal.deliveries.why import Question
from portal.errors import FieldErrors
from portal.store.tables import DeliveryWay
from tests.support.deliveries import DeliveryOffice, build
from tests.support.delivery_rows import build_body, deliveries, delivering_account, delivery
from tests.support.person import Person
from tests.support.world import Someone, TenantWorld

SignIn = Callable[[Someone], Person]
NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)


def findings(person: Person) -> list[str]:
    return [" ".join(item.get_text(" ").split()) for item in person.page.soup.select(".findings li.panel")]


def test_from_the_question_to_the_answer(office: DeliveryOffice, sign_in: SignIn) -> None:
    """It waits, it is refused since nobody made the issue, it is replayed, it is there."""
    office.sandbox.state(deliveries_keys_unknown=True)
    office.accepted(build(1, key="SHOP-1"))
    member, admin = sign_in(office.tenant.member), sign_in(office.tenant.admin)
    member.get(office.tenant.path("deliveries"))
    member.click("Why is nothing on my issue?")
    member.submit("Look", issue=f"{office.sandbox.sites['acme']}/browse/shop-1?focus=1")
    assert "and waits to be sent" in findings(member)[0]
    office.send()
    member.submit("Look", issue="SHOP-1")
    assert "Something came for SHOP-1, and does not show" in member.page.text
    assert "Jira does not know an issue SHOP-1" in findings(member)[0]
    assert f"sends to {office.sandbox.sites['acme']}, and to no other" in findings(member)[0]
    assert "ask an admin here to press Replay" in findings(member)[0]
    office.sandbox.state(deliveries_keys_unknown=False)
    admin.get(office.tenant.path("deliveries/why?issue=SHOP-1"))
    admin.click("web #1")
    admin.click("Replay")
    admin.submit("Replay it")
    office.send()
    member.submit("Look")
    assert "Something for SHOP-1 has reached Jira" in member.page.text
    assert "Jira accepted it on" in findings(member)[0]
    assert "“View development tools”" in findings(member)[0]


REASONS: list[tuple[list[dict[str, Any]], str]] = [
    ([{}], "It shows on ABC-12"),
    ([{"unknown_keys": ["ABC-12"]}], "Jira does not know an issue ABC-12"),
    ([{"unknown_keys": ["ABC-12"]}], "press Send the latest state again"),
    ([{"state": "rejected", "reasons": ["'url' is required"]}], "rejected it, and said: 'url' is required"),
    ([{"state": "rejected"}], "Jira rejected it and gave no reason."),
    (
        [{}, {"state": "rejected", "reasons": ["No"]}],
        "What Jira shows of it is still number 1001 (successful).",
    ),
    ([{"state": "failed", "reasons": ["No"]}], "What to do: what is wrong is in what the program sent"),
    ([{"state": "unanswered"}], "did not say what became of it"),
    ([{"state": "waiting"}], "and waits to be sent"),
    (
        [{}, {"keys": ("ABC-13",)}],
        "a newer state of the same build (number 1002, this one is 1001), and that one",
    ),
    ([{"state": "waiting", "number": 3}, {"keys": ("ABC-13",)}], "Jira has accepted a newer state"),
    ([{"state": "rejected", "number": 3}, {"number": 2}], "Jira rejected it"),
    ([{"keys": ("ABC-12", "ABC-13"), "unknown_keys": ["ABC-13"]}], "It shows on ABC-12"),
    ([{"keys": ("abc-12",), "unknown_keys": ["abc-12"]}], "Jira does not know an issue ABC-12"),
]


def test_each_reason_is_told(tenant: TenantWorld, sign_in: SignIn) -> None:
    admin = sign_in(tenant.admin)
    for facts, words in REASONS:
        account_id = delivering_account(tenant)
        deliveries(tenant, facts, account_id)
        admin.get(tenant.path(f"deliveries/why?issue=abc-12&account={account_id}"))
        (said,) = findings(admin)
        assert words in said, facts


def test_what_stops_an_account_is_told(tenant: TenantWorld, sign_in: SignIn) -> None:
    account_id = delivering_account(tenant, "Acme Cloud")
    delivery(tenant, account_id, state="waiting")
    admin, member = sign_in(tenant.admin), sign_in(tenant.member)
    path = tenant.path("deliveries/why?issue=ABC-12")
    said = []
    for values in ({"trouble": "unreachable"}, {"paused_at": NOW, "paused_by": tenant.admin.user_id}):
        with tenant.work().write() as session:
            row = session.get_one(DeliveryWay, (tenant.id, account_id))
            for name, value in values.items():
                setattr(row, name, value)
        for person in (admin, member):
            person.get(path)
            said += findings(person)
    assert "It waits: nothing of Acme Cloud gets through to Jira." in said[0]
    assert "Who can mend it: your network people" in said[0]
    assert "was paused by Ada Admin on 31 Mar 2026, 12:00 UTC . Nothing is lost." in said[2]
    assert "You can resume it" in said[2]
    assert f"An admin of {tenant.name} can resume it" in said[3]
    page = admin.get(tenant.path("deliveries/why?issue=NO-1"))
    assert "Acme Cloud is paused; what comes for it waits." in page.text


def test_what_comes_near_is_told(tenant: TenantWorld, sign_in: SignIn) -> None:
    """The key in small letters or without its hyphen; not a longer number, nor a longer word."""
    account_id = delivering_account(tenant)
    near = {"displayName": "fix abc_12 now"}
    far = ("ABC-123", "XABC-12", "ABC-112")
    facts = [{"body": build_body(1, ["QQ-1"]) | near}]
    facts += [{"body": build_body(2 + place, [key])} for place, key in enumerate(far)]
    deliveries(tenant, facts, account_id)
    page = sign_in(tenant.member).get(tenant.path("deliveries/why?issue=ABC-12"))
    assert "No delivery that is kept names ABC-12" in page.text
    (item,) = (item.get_text() for item in page.soup.select("main li") if "says" in item.get_text())
    assert item.startswith("web #1 says “abc_12”, received ")
    assert "in capitals and with the hyphen" in page.text


def test_what_comes_near_is_no_endless_list(
    tenant: TenantWorld, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is more of it read than is told, whatever it weighs."""
    near = {"displayName": "abc_12"}
    facts = [{"body": build_body(place, ["QQ-1"]) | near, "received_at": NOW} for place in range(30)]
    deliveries(tenant, facts)
    looked: list[str] = []
    text_of = why._text_of
    monkeypatch.setattr(why, "_text_of", lambda label, body: looked.append(label) or text_of(label, body))
    page = sign_in(tenant.member).get(tenant.path("deliveries/why?issue=ABC-12"))
    said = [item.get_text() for item in page.soup.select("main li") if "says" in item.get_text()]
    expected = [f"web #{29 - place}" for place in range(20)]
    assert ([one.split(" says")[0] for one in said], looked) == (expected, expected)


def test_where_nothing_comes_near_it_is_said_where_to_look(tenant: TenantWorld, sign_in: SignIn) -> None:
    delivery(tenant)
    page = sign_in(tenant.member).get(tenant.path("deliveries/why?issue=ABC-99"))
    assert "see whether the program reported at all" in page.text
    assert "older than 90 days" in page.text
    assert "How keys are found:" in page.text
    page = sign_in(tenant.member).get(
        tenant.path("deliveries/why?issue=https://other.atlassian.net/browse/ABC-12")
    )
    assert "That address is of another Jira" in page.text and "other.atlassian.net" in page.text


def test_a_question_that_is_none_stays_and_is_told(tenant: TenantWorld, sign_in: SignIn) -> None:
    delivery(tenant)
    member = sign_in(tenant.member)
    page = member.get(tenant.path("deliveries/why?issue=my+build"))
    assert (member.status, page.value("#issue")) == (422, "my build")
    assert page.errors()[0].startswith("An issue key is a project's key")
    other = sign_in(tenant.stranger)
    assert tenant.other
    assert "No account that delivers yet" in other.get(tenant.other.path("deliveries/why")).text


@pytest.mark.parametrize(
    ("text", "key", "host"),
    [
        (" abc-12 ", "ABC-12", None),
        ("https://acme.atlassian.net/browse/ABC-12", "ABC-12", "acme.atlassian.net"),
        ("https://ACME.atlassian.net/browse/ABC-12/?a=b", "ABC-12", "acme.atlassian.net"),
        ("http://localhost:8092/browse/ABC-12#comment", "ABC-12", "localhost:8092"),
        ("acme.atlassian.net/browse/ABC-12", "ABC-12", "acme.atlassian.net"),
        ("https://acme.atlassian.net/jira/boards/1?selectedIssue=ABC-12", "ABC-12", "acme.atlassian.net"),
    ],
)
def test_a_key_is_read_off_an_address(text: str, key: str, host: str | None) -> None:
    assert Question.of(text, None) == Question(key, host, None)


@pytest.mark.parametrize(
    "text", ["", "ABC", "12", "https://[/browse/", "https://acme.atlassian.net/", "A B-1", "\0"]
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(FieldErrors):
        Question.of(text, None)


def test_only_the_newest_of_each_build_is_told_and_no_endless_list(
    tenant: TenantWorld, sign_in: SignIn
) -> None:
    account_id = delivering_account(tenant)
    facts = [{"build": place, "received_at": NOW + timedelta(minutes=place)} for place in range(25)]
    deliveries(tenant, [*facts, *facts], account_id)
    member = sign_in(tenant.member)
    member.get(tenant.path("deliveries/why?issue=ABC-12"))
    told = findings(member)
    assert len(told) == 20
    assert [one.split(" Accepted")[0] for one in told] == [f"web #{24 - place}" for place in range(20)]
