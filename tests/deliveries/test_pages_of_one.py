"""One delivery: its way step by step, what Jira said, what it says itself, and whether Jira ignores it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select

from portal.credentials.problems import problem
from portal.pages.deliveries.words import JSON_SHOWN, shown_json
from portal.store.tables import Delivery, DeliveryWay, ProgramKey
from tests.support.delivery_rows import build_body, deliveries, delivering_account, delivery
from tests.support.person import Person
from tests.support.programs import program_key
from tests.support.world import Someone, TenantWorld

SignIn = Callable[[Someone], Person]
NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)


def change(tenant: TenantWorld, delivery_id: UUID, **values: object) -> None:
    with tenant.work().write() as session:
        row = session.get_one(Delivery, (tenant.id, delivery_id))
        for name, value in values.items():
            setattr(row, name, value)


def way(person: Person) -> list[str]:
    return [" ".join(item.get_text(" ").split()) for item in person.page.soup.select(".timeline li")]


def at(minutes: int) -> str:
    return (NOW + timedelta(minutes=minutes)).isoformat()


def test_its_way_stands_there_step_by_step(tenant: TenantWorld, sign_in: SignIn) -> None:
    account_id = delivering_account(tenant, "Acme Cloud")
    program_key(tenant, [account_id])
    with tenant.work().read() as session:
        key_id = session.scalars(select(ProgramKey.id)).one()
    steps = [
        {"at": at(0), "what": "received"},
        {"at": at(1), "what": "not_sent", "code": "unreachable", "times": 7, "last": at(5)},
        {"at": at(6), "what": "refused_together", "code": "bad_request"},
        {
            "at": at(7),
            "what": "sent",
            "code": "rejected",
            "reasons": ["No <b> issues"],
            "unknown_keys": ["ABC-12"],
        },
        {"at": at(8), "what": "replayed", "by": str(tenant.admin.user_id)},
        {"at": at(9), "what": "replayed", "by": str(uuid4())},
        {"at": at(10), "what": "sent", "code": "unanswered"},
    ]
    facts = {"sender": key_id, "received_at": NOW, "steps": steps, "state": "unanswered", "reasons": ["Hm"]}
    one = delivery(tenant, account_id, **facts)
    member = sign_in(tenant.member)
    page = member.get(tenant.path(f"deliveries/{one}"))
    assert page.h1 == "web #42 Not answered"
    unreachable, too_odd = (problem(code, is_cloud=True).title for code in ("unreachable", "bad_request"))
    assert way(member) == [
        "31 Mar 2026, 12:00 UTC Almoner took it from the program with the key Jenkins",
        f"31 Mar 2026, 12:01 UTC Almoner could not send it (7 times), and tries again {unreachable}",
        f"31 Mar 2026, 12:06 UTC Jira refused a call with several, so they go in smaller calls {too_odd}",
        "31 Mar 2026, 12:07 UTC Jira rejected it “No <b> issues” Keys it does not know: ABC-12. Rejected",
        "31 Mar 2026, 12:08 UTC Ada Admin replayed it, with the same number",
        "31 Mar 2026, 12:09 UTC somebody who is gone replayed it, with the same number",
        "31 Mar 2026, 12:10 UTC Jira took the call and did not say what became of it “Hm” Not answered",
    ]
    assert "Replaying it does no harm" in page.text
    facts_shown = page.find(".facts").get_text(" ")
    assert "Jenkins" in facts_shown and "Acme Cloud" in facts_shown and "1001" in facts_shown
    assert not page.soup.select("main form"), "members only look"


def test_what_it_waits_for_is_said(tenant: TenantWorld, sign_in: SignIn) -> None:
    account_id = delivering_account(tenant, "Acme Cloud")
    one = delivery(tenant, account_id, state="waiting")
    member = sign_in(tenant.member)
    said = {
        "goes with one of the next calls to Jira": {},
        "Nothing of Acme Cloud gets through to Jira: Atlassian could not be reached.": {
            "trouble": "unreachable"
        },
        "Acme Cloud was paused by Ada Admin.": {"paused_at": NOW, "paused_by": tenant.admin.user_id},
    }
    for words, values in said.items():
        with tenant.work().write() as session:
            row = session.get_one(DeliveryWay, (tenant.id, account_id))
            for name, value in values.items():
                setattr(row, name, value)
        page = member.get(tenant.path(f"deliveries/{one}"))
        assert words in page.find(".banner").get_text(" ")


def test_each_outcome_has_its_next_step(tenant: TenantWorld, sign_in: SignIn) -> None:
    admin = sign_in(tenant.admin)
    said = [
        ({}, "Jira will ignore it: it has accepted this very delivery before."),
        ({"unknown_keys": ["ABC-12"]}, "Jira knows none of its issue keys"),
        ({"state": "rejected", "unknown_keys": ["ABC-12"]}, "make the issue, and then replay it"),
        ({"state": "rejected", "reasons": ["'url' is required"]}, "Change what Jira complains about"),
        ({"state": "failed"}, "others went without it"),
        ({"state": "unanswered"}, "did not say what became of it"),
    ]
    for place, (facts, words) in enumerate(said):
        one = delivery(tenant, build=place, **facts)
        assert words in admin.get(tenant.path(f"deliveries/{one}")).text
    assert "'url' is required" in admin.get(tenant.path("deliveries?state=rejected")).text


def test_a_newer_number_is_said_and_linked(tenant: TenantWorld, sign_in: SignIn) -> None:
    """Another build's number, or one that Jira did not accept, counts for nothing."""
    account_id = delivering_account(tenant)
    facts = [{"number": 5}, {"number": 9}, {"number": 99, "state": "rejected"}, {"number": 98, "build": 1}]
    older, newer, rejected, _ = deliveries(tenant, facts, account_id)
    member = sign_in(tenant.member)
    page = member.get(tenant.path(f"deliveries/{older}"))
    assert "It has number 9 (successful), this one is 5." in page.find(".banner").get_text(" ")
    assert member.click("See what it has accepted").h1 == "web #42 Accepted"
    assert member.path.endswith(str(newer))
    assert not member.page.soup.select(".banner")
    admin = sign_in(tenant.admin)
    page = admin.get(tenant.path(f"deliveries/{newer}"))
    assert page.link("number 99, successful").endswith(str(rejected)), "the latest is what goes again"


def test_what_a_program_sent_is_only_ever_text(tenant: TenantWorld, sign_in: SignIn) -> None:
    """Tags, texts that run from right to left, and a megabyte of it."""
    account_id = delivering_account(tenant)
    nasty = "<script>alert(1)</script>\u202e\u200b"
    body = build_body(1, ["ABC-12"], nasty) | {"description": "ä" * (JSON_SHOWN + 10), "label": nasty}
    one = delivery(
        tenant, account_id, body=body, state="rejected", reasons=[nasty + "x" * 200], reported="<i>"
    )
    member = sign_in(tenant.member)
    for path in ("deliveries", f"deliveries/{one}", "deliveries/why?issue=ABC-12"):
        page = member.get(tenant.path(path))
        assert not page.soup.select("main script, main i")
        assert "\u202e" not in page.find("h1").get_text()
    page = member.get(tenant.path(f"deliveries/{one}"))
    head, whole = (block.get_text() for block in page.soup.select("pre.code"))
    assert len(head) == JSON_SHOWN + 1 and head.endswith("…")
    assert "\\u202e\\u200b" in whole and "\u202e" not in whole
    assert "ä" * (JSON_SHOWN + 10) in whole


def test_short_json_stands_there_whole() -> None:
    assert shown_json({"a": "é\x85"}).head == '{\n  "a": "é\\u0085"\n}'
    assert shown_json({"a": 1}).whole is None


def test_a_copy_of_what_is_kept_no_longer_names_no_original(tenant: TenantWorld, sign_in: SignIn) -> None:
    one = delivery(tenant, again_of=uuid4())
    page = sign_in(tenant.member).get(tenant.path(f"deliveries/{one}"))
    assert "a person" in page.find(".facts").get_text()
    assert not page.has("an earlier delivery")


def test_many_issues_are_folded_and_keys_that_are_no_address_are_no_link(
    tenant: TenantWorld, sign_in: SignIn
) -> None:
    keys = [*(f"ABC-{number}" for number in range(1, 25)), "ÄB-1"]
    one = delivery(tenant, keys=keys)
    page = sign_in(tenant.member).get(tenant.path(f"deliveries/{one}"))
    assert page.find(".facts .more summary").get_text() == "and 5 more"
    assert len(page.soup.select(".facts a[href*='/browse/']")) == 24
    assert "ÄB-1" in page.find(".facts .more").get_text()


def test_thousands_of_issues_make_no_page_of_megabytes(tenant: TenantWorld, sign_in: SignIn) -> None:
    """A repository may name five thousand; a list shows the first, the page of the delivery some hundreds."""
    keys = [f"ABC-{number}" for number in range(1, 1001)]
    facts = [
        {"build": 1, "keys": keys, "unknown_keys": keys[:999]},
        {"build": 2, "keys": keys, "unknown_keys": keys, "state": "rejected"},
    ]
    one, rejected = deliveries(tenant, facts)
    member = sign_in(tenant.member)
    page = member.get(tenant.path("deliveries"))
    assert len(page.soup.select("main a[href*='/browse/']")) == 40
    assert page.text.count("and 997 more") == 2
    assert page.text.count("and 980 more; open it to see them") == 2
    page = member.get(tenant.path(f"deliveries/{one}"))
    assert len(page.soup.select(".facts a[href*='/browse/']")) == 300
    assert "and 980 more" in page.find(".facts .more summary").get_text()
    assert "and 700 more; they stand in the JSON" in page.find(".facts .more").get_text()
    assert "ABC-20 and 979 more; they stand in the JSON." in way(member)[1]
    assert "it knows none of its issues" in member.get(tenant.path(f"deliveries/{rejected}")).text
    page = member.get(tenant.path("deliveries/why?issue=ABC-1000"))
    linked = page.soup.select(".findings a[href='https://acme.atlassian.net/browse/ABC-1000']")
    assert len(linked) == 2, "however far behind it is named"
