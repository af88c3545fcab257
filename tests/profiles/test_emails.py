"""Another e-mail address where the portal sends no mail: its link is shown once, to the person."""

import pytest

from tests.signin.test_proofs import HOURS, proved_ago


def test_the_link_is_shown_once_and_changes_the_address(sign_in, tenant, portal):
    mel, new = sign_in(tenant.member), f"new.{tenant.member.email}"
    mel.get("/profile/email")
    page = mel.submit("Make the link", email=new, current=tenant.member.password)
    link = page.link("Open it")
    assert link.startswith(f"{portal.base_url}/profile/email/")
    assert mel.response.headers["Cache-Control"] == "no-store"
    mel.get("/profile/")
    assert f"{new} is not confirmed yet" in mel.page.text and link.rpartition("/")[2] not in mel.page.html
    assert "Send it again" not in mel.page.text
    mel.post("/profile/email/send-again")
    assert mel.status == 404
    mel.get(link)
    mel.submit("Use this address")
    assert f"you sign in with {new}" in mel.page.text


@pytest.mark.variant
def test_too_many_links_are_told_at_the_form(sign_in, tenant):
    mel = sign_in(tenant.member)
    for number in range(6):
        mel.get("/profile/email")
        mel.submit("Make the link", email=f"{number}.{tenant.member.email}", current=tenant.member.password)
    assert mel.status == 429 and "Try again in" in mel.page.text
    assert mel.page.value("#email") == f"5.{tenant.member.email}"


@pytest.mark.variant
def test_it_is_asked_for_after_a_fresh_proof(sign_in, tenant):
    mel = sign_in(tenant.member)
    proved_ago(tenant, tenant.member, 2 * HOURS)
    mel.get("/profile/email")
    assert mel.path == "/confirm?next=/profile/email"
