"""Profile → ALM credentials → account → Programs: what a person sees and allows, and what others see."""

from datetime import timedelta
from uuid import uuid4

import pytest
import requests

from portal import clock
from portal.pages.connections.alm_credentials import USES_SHOWN
from portal.programs.keys import READ_CREDENTIALS, READ_PROXY
from portal.store.tables import SignIn, Use
from tests.support import samples
from tests.support.programs import program_key
from tests.support.tokens import token_office

pytestmark = pytest.mark.on_both("test_from_off_to_allowed_and_back", "test_whose_page_it_is")
ALLOW, STOP = "Allow programs", "Stop allowing programs"


def used(office, key, **facts):
    """A program's use of the member's credential, the newest of all."""
    row = {"method": "GET", "template": "rest/api/2/issue/{}", "status": 200, "millis": 90, "calls": 1}
    row |= {"at": clock.now(), "actor_kind": "program", "actor_id": key.id, "credential_id": uuid4()}
    row |= {"account_id": office.account_id, "holder_id": office.tenant.member.user_id}
    with office.work.write() as session:
        session.add(Use(batch_id=uuid4(), position=0, **(row | facts)))


def panel(person):
    """The words of the panel of programs."""
    [found] = [one for one in person.page.soup.select(".panel") if one.find("h2", string="Programs")]
    return " ".join(found.get_text(" ").split())


def test_from_off_to_allowed_and_back(office, member):
    program_key(office.tenant, [office.account_id], "Release notes", operations=[READ_PROXY])
    office.connect(member)
    off = panel(member)
    assert "Not allowed" in off and "Keys that could use it Release notes" in off
    said = f"of {office.tenant.name} with a key for this account may send requests to Jira as Ada Lindqvist"
    assert said in off and member.email in off and "the token itself is given to no program" in off
    member.submit(ALLOW)
    assert "Programs may act as you from now on." in member.page.text
    on = panel(member)
    assert "Allowed under a minute ago" in on and "No program has used it yet." in on and said in on
    assert "Programs allowed" in member.get(office.tenant.path("profile/alm-credentials/")).text
    member.get(f"{office.mine}/disconnect")
    assert "No program can act as you any more" in member.page.text
    member.get(office.mine)
    member.submit(STOP)
    assert "Not allowed" in panel(member) and "No program can act as you any more." in member.page.text
    assert "Programs allowed" not in member.get(office.tenant.path("profile/alm-credentials/")).text
    assert office.audit("program_consent.given") == [{"outcome": "ok"}]
    assert office.audit("program_consent.withdrawn") == [{"outcome": "ok", "why": "withdrawn"}]


def test_connect_first(office, member):
    member.get(office.mine)
    assert "Connect first" in panel(member) and not member.page.has(ALLOW)
    member.post(f"{office.mine}/programs/allow")
    assert member.status == 409 and "Connect first, then allow programs." in member.page.text
    assert office.audit("program_consent.given") == []


def test_allowing_asks_who_sits_there_and_stopping_does_not(office, member):
    office.connect(member)
    member.submit(ALLOW)
    with office.work.within(None).write() as session:
        for row in session.query(SignIn).filter_by(user_id=office.tenant.member.user_id):
            row.proved_at = clock.now() - timedelta(hours=4)
    member.submit(STOP)
    assert "Not allowed" in panel(member)
    member.submit(ALLOW)
    assert member.path.startswith("/confirm") and "Nothing was sent" in member.page.text
    assert len(office.audit("program_consent.given")) == 1


def test_a_token_that_is_handed_out_is_named(portal, sandbox, tenant, sign_in):
    office, member = token_office(portal, sandbox, tenant), sign_in(tenant.member)
    office.connect(tenant.member)
    member.get(office.mine)
    assert "and get your personal access token" in panel(member)
    member.submit(ALLOW)
    assert "What a program got before works until it ends, or is revoked in Jira." in panel(member)


def test_a_program_is_served_while_it_is_allowed_and_no_longer(portal, sandbox, tenant, sign_in):
    """From the next request on, also where the person connects as somebody else; of nobody else."""
    office, member = token_office(portal, sandbox, tenant), sign_in(tenant.member)
    for someone, jira_user in ((tenant.member, "ada"), (tenant.second, "grace")):
        office.connect(someone, jira_user)
    key = program_key(tenant, [office.account_id], operations=[READ_CREDENTIALS])

    def asked(someone):
        address = f"{portal.base_url}/api/v1/alm-accounts/{office.account_id}/credentials"
        return requests.get(address, headers={**key.header, "Almoner-User": someone.email}, timeout=30)

    assert asked(tenant.member).status_code == 403
    for end in (lambda: member.submit(STOP), lambda: office.connect(tenant.member, "linus")):
        member.get(office.mine)
        member.submit(ALLOW)
        answer = asked(tenant.member)
        assert (answer.status_code, answer.json()["acts_as"]) == (200, "Ada Lindqvist")
        assert asked(tenant.second).status_code == 403
        end()
        assert asked(tenant.member).status_code == 403


def test_which_keys_and_what_they_did(office, member):
    """Not those that are over, for other accounts, or that send deliveries only; the newest uses first."""
    tenant, here = office.tenant, [office.account_id]
    key = program_key(tenant, here, "Jenkins", operations=[READ_CREDENTIALS])
    program_key(tenant, here, "Jenkins", operations=[READ_PROXY])
    program_key(tenant, here, "Only sends")
    program_key(tenant, [samples.account(tenant)], "Elsewhere", operations=[READ_PROXY])
    for name, over in (("Ended", "ends_at"), ("Revoked", "revoked_at")):
        program_key(tenant, here, name, operations=[READ_PROXY], **{over: clock.now()})
    office.connect(member)
    used(office, key, template="rest/api/2/search")
    used(office, key, status=404)
    used(office, key, code="deadline", status=None)
    used(office, key, method=None, template=None, status=None, millis=None)
    for others in ({"holder_id": tenant.second.user_id}, {"holder_id": None}, {"actor_kind": "person"}):
        used(office, key, template="not/mine", **others)
    member.get(office.mine)
    told = panel(member)
    assert "Keys that could use it Jenkins Last uses" in told and "not/mine" not in told
    rows = [" ".join(row.get_text(" ").split()) for row in member.page.soup.select("tbody tr")]
    assert "Credential handed out" in rows[0] and "Failed" in rows[1]
    assert "Jenkins GET rest/api/2/issue/{} Jira answered 404" in rows[2] and "rest/api/2/search" in rows[3]
    for _ in range(USES_SHOWN):
        used(office, key)
    assert "rest/api/2/search" not in member.get(office.mine).text
    assert "rest/api/2/search" in member.click("All uses of your credential").text


def test_whose_page_it_is(office, member, admin, sign_in, world):
    """An admin sees that it is allowed and can do nothing about it; a colleague, a stranger and support see
    nothing, and what they send is about themselves at most."""
    office.connect(member)
    member.submit(ALLOW)
    people = admin.get(office.path("people/"))
    words = {
        row.th.contents[0].strip(): " ".join(row.get_text(" ").split())
        for row in people.soup.select("tbody tr")
    }
    mel = words[office.tenant.member.name]
    assert "Programs may act for them" in mel and "Programs" not in words[office.tenant.second.name]
    assert not people.has(ALLOW) and not people.has(STOP)
    colleague, stranger = sign_in(office.tenant.second), sign_in(office.tenant.stranger)
    support = sign_in(world.support())
    for person, expected in ((admin, 200), (colleague, 200), (stranger, 404), (support, 404)):
        person.get("/profile/")
        person.post(f"{office.mine}/programs/stop")
        assert person.status == expected
        assert person.get(office.mine).has(STOP) is False
    member.get(office.mine)
    assert "Allowed" in panel(member) and member.page.has(STOP)
    assert len(office.audit("program_consent.withdrawn")) == 0
