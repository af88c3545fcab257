"""A practice installation says that it is one, and where its practice Jira stands."""

import pytest

from tests.support.page import Page
from tests.support.portals import Portal

SANDBOX = "http://localhost:8090"


def sign_in_page(portal: Portal, **changes: object) -> Page:
    """The page of the same portal with other settings."""
    jinja = portal.app.jinja_env
    kept = jinja.globals["settings"]
    jinja.globals["settings"] = portal.settings.model_copy(update=changes)
    try:
        return Page(portal.client().get("/sign-in").text)
    finally:
        jinja.globals["settings"] = kept


def test_sign_in_and_footer_lead_to_the_practice_jira(portal: Portal) -> None:
    page = sign_in_page(portal, demo=True, sandbox_url=SANDBOX)
    assert len(page.soup.select(f"main a[href='{SANDBOX}'], footer a[href='{SANDBOX}']")) == 2
    assert "Practice installation" in page.find("footer").get_text()


def test_a_portal_for_work_says_nothing_of_it(portal: Portal) -> None:
    page = sign_in_page(portal, sandbox_url=SANDBOX)
    assert "ractice" not in page.text
    assert SANDBOX not in str(page.soup)


@pytest.mark.variant
@pytest.mark.parametrize(
    ("kind", "address"), [("Jira Server OAuth", SANDBOX), ("Jira Cloud API token", "http://localhost:8092")]
)
def test_a_set_up_page_says_what_to_type(portal, tenant, sign_in, monkeypatch, kind, address):
    changes = {"demo": True, "sandbox_url": SANDBOX, "practice_sites": ("http://localhost:8092",)}
    practice = portal.settings.model_copy(update=changes)
    monkeypatch.setitem(portal.app.jinja_env.globals, "settings", practice)
    admin = sign_in(tenant.admin)
    admin.get(tenant.path("alm-accounts/new"))
    admin.submit(f"Set up {kind}")
    assert f"To practise, type {address}" in admin.page.text
    monkeypatch.undo()
    admin.get(admin.path)
    assert "To practise" not in admin.page.text
