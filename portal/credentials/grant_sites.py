"""Which sites a grant covers, as Atlassian tells it to the grant's own token."""

from contextlib import suppress
from uuid import UUID

from portal.credentials.grants import AccessToken, hold_grant
from portal.credentials.registry import Registry
from portal.jira.answers import JiraTrouble
from portal.jira.atlassian import Site
from portal.store.work import Work


def look_at_sites(work: Work, registry: Registry, grant_id: UUID, held: AccessToken) -> None:
    """Note which sites the grant covers now. A failure changes nothing."""
    with suppress(JiraTrouble):
        sites_now(work, registry, grant_id, held)


def sites_now(work: Work, registry: Registry, grant_id: UUID, held: AccessToken) -> list[Site]:
    """Ask Atlassian which sites the grant covers, and note it. Raises JiraTrouble, and notes nothing then."""
    with registry.cloud_session(held.token, seconds=registry.cloud.lease / 3) as session:
        sites = registry.cloud.atlassian.sites(session)
    with work.write() as session:
        row = hold_grant(session, grant_id)
        if row is not None and row.generation == held.generation:
            row.sites = [site.as_json() for site in sites]
    return sites
