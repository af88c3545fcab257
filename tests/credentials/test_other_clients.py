"""What is stored serves other people's libraries: pycontribs ``jira`` reads the same Jira with it."""

import pytest
from jira import JIRA
from jira.exceptions import JIRAError

from portal.credentials.acting_as import acting_as


@pytest.fixture
def stored(office, member):
    """Token and key of a connected member, opened."""
    office.connect(member, "grace")
    kept = office.credential_of(member)
    return {
        "access_token": office.secret(kept),
        "access_token_secret": office.secret(kept, "token_secret"),
        "consumer_key": kept.consumer_key,
        "key_cert": office.secret(office.signing_keys()[0], "private_key"),
        "signature_method": "RSA-SHA1",
    }


def client(office, oauth):
    options = {"server": office.sandbox.url, "rest_api_version": "2", "check_update": False}
    return JIRA(options=options, oauth=oauth, max_retries=0, get_server_info=False)


def test_pycontribs_reads_what_we_read(office, stored):
    other = client(office, stored)
    work = office.tenant.work(office.tenant.member)
    with acting_as(work, office.registry, office.account_id, work.user_id) as acting:
        ours = acting.jira.myself()
        our_fields = {field.id: field.name for field in acting.jira.fields()}
    assert other.myself()["displayName"] == ours.display_name == "Grace Okafor"
    assert {field["id"]: field["name"] for field in other.fields()} == our_fields
    rest = [entry for entry in office.sandbox.requests() if str(entry["endpoint"]).startswith("rest_api")]
    theirs = [entry for entry in rest if not str(entry["user_agent"]).startswith("Almoner/")]
    assert {entry["endpoint"] for entry in theirs} == {"rest_api.myself", "rest_api.field"}
    assert all(entry["signature_verified"] and entry["token_user"] == "grace" for entry in theirs)


def test_without_the_right_key_it_reads_nothing(office, stored):
    office.sandbox.clear_requests()
    with pytest.raises(JIRAError):
        client(office, stored | {"access_token": "another-token-altogether"}).myself()
    assert {entry["token_user"] for entry in office.sandbox.requests()} == {None}
