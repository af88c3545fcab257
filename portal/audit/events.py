"""The closed list of what can stand in the audit, with the details each event must carry.

Details hold ids, codes and numbers only; names are joined when the audit is shown, and secrets never.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Event:
    """One kind of line. ``title`` is what a person reads; ``details`` the exact names it must carry."""

    name: str
    title: str
    details: frozenset[str] = frozenset()


def _event(name: str, title: str, *details: str) -> Event:
    return Event(name, title, frozenset(details))


PORTAL_EVENTS = (
    _event("sign_in.succeeded", "Signed in"),
    _event("sign_in.failed", "Sign-in failed"),
    _event("sign_in.ended", "Sign-in ended", "why"),
    _event("password.changed", "Password changed", "how"),
    _event("password.reset_made", "Password reset link made"),
    _event("person.changed", "Profile changed", "changed"),
    _event("person.made", "Person added", "how"),
    _event("tenant.made", "Tenant made"),
    _event("support.made", "Support staff added"),
    _event("support.visit_opened", "Support visit opened", "tenant_id", "reason"),
    _event("support.visit_ended", "Support visit ended", "tenant_id"),
)

TENANT_EVENTS = (
    _event("tenant.made", "Tenant made"),
    _event("invitation.made", "Invitation made", "role"),
    _event("invitation.withdrawn", "Invitation withdrawn"),
    _event("member.joined", "Joined", "role"),
    _event("member.role_changed", "Role changed", "before", "after"),
    _event("member.left", "Left the tenant", "how"),
    _event("password.reset_made", "Password reset link made"),
    _event("support.visit_opened", "Support opened a visit", "reason"),
    _event("support.visit_ended", "Support ended a visit"),
    _event("account.drafted", "ALM account drafted", "kind"),
    _event("account.changed", "ALM account changed", "changed"),
    _event("account.saved", "ALM account saved"),
    _event("account.deleted", "ALM account deleted", "kind"),
    _event("key.made", "Signing key made", "fingerprint", "stage", "origin"),
    _event("key.tried", "New signing key tried", "fingerprint", "code"),
    _event("key.switched", "Signing key switched", "before", "after", "consumer_changed"),
    _event("key.discarded", "New signing key discarded", "fingerprint"),
    _event("flow.started", "Sent to Jira for consent", "purpose"),
    _event("flow.ended", "Came back from Jira", "purpose", "code"),
    _event("flow.rejected", "Callback rejected", "code"),
    _event("credential.connected", "Connected", "purpose"),
    _event("credential.confirmed", "Identity confirmed"),
    _event("credential.tested", "Credential tested", "code"),
    _event("credential.refused", "Jira refused the credential", "code"),
    _event("credential.ended", "Disconnected", "why"),
    _event("app.changed", "App at Atlassian changed", "changed"),
    _event("site.pinned", "Site chosen", "cloud_id"),
    _event("grant.given", "Grant given", "generation", "scopes"),
    _event("grant.renewed", "Grant renewed", "generation"),
    _event("grant.renewal_failed", "Grant not renewed", "generation", "code"),
    _event("grant.ended", "Grant ended", "generation", "why"),
    _event("fields.mapped", "Fields mapped", "roles"),
    _event("board.added", "Board added"),
    _event("board.renamed", "Board renamed"),
    _event("board.removed", "Board removed"),
)

PORTAL = {event.name: event for event in PORTAL_EVENTS}
TENANT = {event.name: event for event in TENANT_EVENTS}
