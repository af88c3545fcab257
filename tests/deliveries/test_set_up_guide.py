"""Somebody without an account here makes the credential: a guide link shows what to enter in Jira."""

from urllib.parse import urlsplit

from portal.checklist.guide_looks import look
from tests.deliveries.set_ups import SetUpDesk
from tests.support.person import Person


def test_a_site_admin_does_what_it_says_and_it_turns_green(desk: SetUpDesk) -> None:
    desk.admin.submit("Save", site_url=desk.sandbox.sites["acme"], app_name="Jenkins of Acme")
    desk.admin.get(f"{desk.path}/set-up")
    desk.admin.click("Send them a guide link")
    desk.admin.submit("Make a guide link")
    link = urlsplit(desk.admin.page.value("#guide-link")).path

    reader = Person(desk.portal)
    page = reader.get(link)
    assert "What to create in Jira" in page.h1 and "Create credentials" in page.text
    assert [page.value(f"#{name}") for name in ("app-name", "server-url")] == [
        "Jenkins of Acme",
        desk.portal.base_url,
    ]
    assert "it reads nothing, belongs to no person" in page.text and "consent" not in page.text
    assert "give both to Ada Admin" in page.text and "never by mail or chat" in page.text
    assert "Not done yet" in page.text and not page.soup.select("form, input[name]")

    desk.fill()
    reader.get(link)
    look(desk.work, desk.registry, desk.account_id)
    page = reader.get(link)
    assert "Done: the credential works" in page.text, page.text
