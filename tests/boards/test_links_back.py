"""Why an issue does not lead back to its idea is told as it is known: failed for certain, or in doubt."""

import pytest

from portal.boards import link_backs
from portal.jira.trouble import Code, JiraTrouble
from tests.boards.test_epic_changes import held
from tests.boards.test_idea_pushes import new_idea, row
from tests.boards.test_ideas_in_doubt import events
from tests.support.variants import variants

pytestmark = pytest.mark.on_both("test_what_failed_for_certain_is_told_until_it_is_added")
UNKNOWN, FAILED = "It is not known that SHOP-5 leads back here", "SHOP-5 does not lead back here"
CERTAIN = [
    (Code.FORBIDDEN, "the permission “Link issues”"),
    (Code.NOT_FOUND, "has linking switched off"),
    (Code.BAD_REQUEST, "Jira did not take the link."),
    (Code.RATE_LIMITED, "It did not work just then."),
]


def refuse(monkeypatch, trouble):
    """Have the link refused so."""

    def refused(*sent):
        raise trouble

    monkeypatch.setattr(link_backs, "set_link", refused)


@pytest.mark.parametrize(("code", "said"), variants(CERTAIN))
def test_what_failed_for_certain_is_told_until_it_is_added(shop, ada, monkeypatch, code, said):
    idea_id = new_idea(shop)
    ada.get(f"{shop.board}/ideas/{idea_id}/link")
    with monkeypatch.context() as patched:
        refuse(patched, JiraTrouble(code, may_have_changed=True, status="429"))
        page = ada.submit("Link issue", key="SHOP-5")
    assert row(shop, idea_id).issue_key == "SHOP-5" and events(shop, idea_id)[1:] == [
        ("link_back_failed", {"code": str(code)})
    ]
    page = ada.get(f"{shop.board}/ideas/{idea_id}")
    assert FAILED in page.text and said in page.text and UNKNOWN not in page.text
    assert f"Tried by {shop.tenant.member.name}" in page.text
    page = ada.submit("Add the link again")
    assert "SHOP-5 leads back to this idea." in page.text and FAILED not in page.text
    assert len(held(shop, "SHOP-5")["links"]) == 1


def test_the_last_try_is_what_is_told_and_only_of_this_issue(shop, ada, monkeypatch, sign_in):
    idea_id = new_idea(shop)
    path = f"{shop.board}/ideas/{idea_id}"
    ada.get(f"{path}/link")
    refuse(monkeypatch, JiraTrouble(Code.FORBIDDEN))
    assert FAILED in ada.submit("Link issue", key="SHOP-5").text
    refuse(monkeypatch, JiraTrouble(Code.DEADLINE, may_have_changed=True))
    ada.submit("Add the link again")
    page = ada.get(path)
    assert UNKNOWN in page.text and FAILED not in page.text
    refuse(monkeypatch, JiraTrouble(Code.FORBIDDEN))
    ada.submit("Add the link again")
    assert FAILED in ada.get(path).text
    second = sign_in(shop.tenant.second)  # who is not connected
    assert "lead back here" not in second.get(path).text
    ada.get(f"{path}/unlink")
    ada.submit("Unlink here only")
    ada.get(f"{path}/link")
    refuse(monkeypatch, JiraTrouble(Code.DEADLINE, may_have_changed=True))
    page = ada.submit("Link issue", key="SHOP-6")
    assert "It is not known that SHOP-6 leads back here" in page.text
