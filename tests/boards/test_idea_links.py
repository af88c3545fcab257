"""Ideas and the issues they are linked to: the link back and forth, who sees what of it, who may do what."""

import pytest

from portal.alm_accounts.leaving import leave
from tests.boards.conftest import PLATFORM
from tests.boards.test_epic_changes import held
from tests.boards.test_idea_pushes import NEW, choose, issues, new_idea, row

pytestmark = pytest.mark.on_both("test_linking_an_issue_and_unlinking_it", "test_who_may_do_what")


def test_a_key_that_jira_does_not_show_spoils_no_other(place, person):
    for key in ("SHOP-5", "SHOP-6", "PLAT-1", "GONE-7", "SHOP-7"):
        new_idea(place, issue_key=key)
    place.connect(place.tenant.second, "grace")
    page = person.get(f"{place.board}/ideas")
    for title in ("Pay by bank transfer", "Total is wrong", "Log the answer time"):
        assert title in page.text
    assert page.text.count("Jira does not show it to you") == 1  # Ada sees the project PLAT


def test_a_link_back_that_fails_is_told_and_added_later(place, person):
    idea_id = new_idea(place)
    choose(place, person, idea_id)
    place.sandbox.state(permissions_missing=["LINK_ISSUES"])
    page = person.submit("Push to Jira")
    assert f"{NEW} does not lead back here" in page.text and "the permission “Link issues”" in page.text
    assert issues(place)[NEW]["links"] == []
    page = person.submit("Add the link again")
    assert person.status == 409 and "the permission “Link issues”" in page.text
    assert "To Do" in page.find(".facts").get_text()  # the issue is shown all the same
    place.sandbox.state(permissions_missing=[])
    person.get(f"{place.board}/ideas/{idea_id}")
    page = person.submit("Add the link again")
    assert f"{NEW} leads back to this idea." in page.text and not page.has("Add the link again")
    assert len(issues(place)[NEW]["links"]) == 1


def test_linking_an_issue_and_unlinking_it(place, person):
    idea_id = new_idea(place)
    person.get(f"{place.board}/ideas/{idea_id}")
    person.click("Link an issue")
    assert person.submit("Link issue", key="no key").errors() == [
        "Enter the key of an issue, such as ABC-12."
    ]
    assert person.submit("Link issue", key="SHOP-999").errors() == ["Jira shows you no issue SHOP-999."]
    page = person.submit("Link issue", key=" shop-5 ")
    assert "The idea is linked to SHOP-5." in page.text and "Pay by bank transfer" in page.text
    assert len(held(place, "SHOP-5")["links"]) == 1
    person.click("Unlink")
    page = person.submit("Unlink")
    assert "no longer linked to SHOP-5" in page.text and page.has("Push to Jira")
    assert held(place, "SHOP-5")["links"] == [] and row(place, idea_id).issue_key is None


def test_unlinking_while_jira_is_away(shop, ada):
    idea_id = new_idea(shop)
    ada.get(f"{shop.board}/ideas/{idea_id}/link")
    ada.submit("Link issue", key="SHOP-5")
    ada.click("Unlink")
    shop.sandbox.state(down=True)
    page = ada.submit("Unlink")
    assert ada.status == 409 and row(shop, idea_id).issue_key == "SHOP-5"
    assert "the link in SHOP-5 stays there" in page.text
    page = ada.submit("Unlink here only")
    assert "In SHOP-5 a link to this idea may stay." in page.text and row(shop, idea_id).issue_key is None
    shop.sandbox.state(down=False)
    assert len(held(shop, "SHOP-5")["links"]) == 1


def test_who_may_do_what(shop, ada, sign_in):
    """Everybody here reads; the writer and admins change and delete; strangers find nothing."""
    idea_id = new_idea(shop)
    path = f"{shop.board}/ideas/{idea_id}"
    second, admin, stranger = (
        sign_in(one) for one in (shop.tenant.second, shop.tenant.admin, shop.tenant.stranger)
    )
    page = second.get(path)
    assert "Gift wrapping" in page.text and not page.has("Edit") and not page.has("Delete")
    for rest in ("edit", "delete"):
        second.get(f"{path}/{rest}")
        assert second.status == 403
        second.get(path + "/link")
        second.post(f"{path}/{rest}", title="Mine now", description="")
        assert second.status == 403 and row(shop, idea_id).title == "Gift wrapping"
    admin.get(f"{path}/edit")
    assert admin.submit("Save", title="Gift wrapping by hand").h1 == "Gift wrapping by hand"
    for rest in ("", "/edit", "/delete", "/push", "/link", "/unlink", "/push-again"):
        stranger.get(path + rest)
        assert stranger.status == 404
    for rest in ("edit", "delete", "push", "look", "push-again", "link", "link-back", "unlink"):
        stranger.get("/profile/")
        stranger.post(f"{path}/{rest}", title="x", only_here="yes")
        assert stranger.status == 404
    assert row(shop, idea_id).title == "Gift wrapping by hand"
    other = str(shop.add(PLATFORM, "Platform"))
    assert ada.get(f"{shop.path(other)}/ideas/{idea_id}") and ada.status == 404  # of another board


def test_a_removed_board_takes_its_ideas_along(shop, sign_in):
    idea_id = new_idea(shop)
    new_idea(shop)
    admin = sign_in(shop.tenant.admin)
    page = admin.get(f"{shop.board}/remove")
    assert "Its 2 ideas are deleted." in page.text
    admin.submit("Remove Web shop")
    assert row(shop, idea_id) is None


def test_many_ideas_come_in_pages(shop, sign_in):
    for _ in range(51):
        new_idea(shop)
    member = sign_in(shop.tenant.member)
    assert len(member.get(f"{shop.board}/ideas").soup.select("tbody tr")) == 50
    page = member.click("Older ideas")
    assert len(page.soup.select("tbody tr")) == 1 and page.has("Newest ideas")


def test_an_idea_outlives_who_wrote_it(shop, sign_in):
    idea_id = new_idea(shop)
    leave(shop.tenant.work(shop.tenant.admin), shop.tenant.member.user_id, "removed")
    page = sign_in(shop.tenant.second).get(f"{shop.board}/ideas/{idea_id}")
    assert "Somebody who is not here any more" in page.text and shop.tenant.member.name not in page.text
