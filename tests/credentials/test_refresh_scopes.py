"""A renewal asks for no scopes: what was granted stays granted, whatever the app asks for since."""

from portal.alm_accounts import apps
from portal.credentials import access_tokens
from portal.kinds.scopes import PRESET, SCOPES
from tests.credentials.rotation import expire
from tests.support.cloud import cloud_draft


def test_a_further_permission_ticked_does_not_stop_renewals(portal, sandbox, tenant):
    office = cloud_draft(portal, sandbox, tenant, PRESET)
    grant = office.grant_of(office.authorise())
    apps.set_scopes(office.work, office.account_id, [scope.id for scope in SCOPES])
    expire(office, grant.id)
    held = access_tokens.access_token(office.work, office.registry, grant.id)
    assert held.generation == grant.generation + 1
    assert office.account.own.state == "limited"


def test_a_grant_that_was_narrowed_is_renewed_as_it_is(portal, sandbox, tenant):
    sandbox.state(narrow_scopes=["delete:sprint:jira-software"])
    office = cloud_draft(portal, sandbox, tenant)
    grant = office.grant_of(office.authorise())
    expire(office, grant.id)
    access_tokens.access_token(office.work, office.registry, grant.id)
    assert office.account.own.missing == ("delete:sprint:jira-software",)
