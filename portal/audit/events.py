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
    _event("sign_in.slowed", "Sign-in slowed down: too many wrong passwords or codes", "by"),
    _event("sign_in.ended", "Sign-in ended", "why"),
    _event("sign_in.proved", "Confirmed who they are", "by"),
    _event("sign_in.proof_failed", "Wrong password, to confirm who they are"),
    _event("second_factor.asked", "Password right, second factor asked for"),
    _event("second_factor.set_up", "Second factor set up"),
    _event("second_factor.switched_off", "Second factor switched off"),
    _event("second_factor.codes_made", "Recovery codes made"),
    _event("second_factor.recovery_code_used", "Recovery code used", "left"),
    _event("second_factor.failed", "Wrong code of the second factor"),
    _event("second_factor.reset", "Second factor taken away by the operator"),
    _event("password.changed", "Password changed", "how"),
    _event("password.reset_made", "Password reset link made"),
    _event("person.changed", "Profile changed", "changed"),
    _event("person.made", "Person added", "how"),
    _event("person.email_asked", "Another e-mail address asked for"),
    _event("person.email_cancelled", "Change of the e-mail address cancelled"),
    _event("person.email_changed", "E-mail address changed"),
    _event("tenant.made", "Organisation made"),
    _event("tenant.suspended", "Organisation suspended"),
    _event("tenant.resumed", "Organisation goes on"),
    _event("tenant.deletion_asked", "Organisation is going to be deleted", "ends"),
    _event("tenant.deletion_taken_back", "Deletion of the organisation taken back"),
    _event("tenant.deleted", "Organisation deleted"),
    _event("support.made", "Support staff added"),
    _event("support.left", "Left the support staff"),
    _event("root_key.added", "Root key added", "key_id"),
    _event("root_key.promoted", "Root key promoted", "key_id"),
    _event("root_key.rewrapped", "Values sealed anew", "key_id", "count"),
    _event("root_key.retired", "Root key retired", "key_id"),
    _event("backup.made", "Backup made", "digest"),
    _event("backup.restored", "Backup restored", "digest"),
    _event("database.copied", "Database copied from SQLite", "rows"),
    _event("audit.closed", "Part of this record closed", "first", "last", "digest"),
    _event("support.visit_opened", "Support visit opened", "tenant_id", "reason", "until"),
    _event("support.visit_ended", "Support visit ended", "tenant_id"),
    _event("support.asked", "Support asked to visit an organisation", "tenant_id", "reason"),
    _event("support.allowed", "Support allowed to visit an organisation", "tenant_id", "until"),
    _event("support.declined", "Support not allowed to visit an organisation", "tenant_id"),
    _event("support.taken_back", "Leave to visit an organisation taken back", "tenant_id"),
    _event(
        "support.access_changed",
        "Access of support to an organisation changed",
        "tenant_id",
        "before",
        "after",
    ),
    _event("support.searched", "Support searched all organisations", "searched"),
)

TENANT_EVENTS = (
    _event("tenant.made", "Organisation made"),
    _event("tenant.changed", "Settings of the organisation changed", "changed"),
    _event("tenant.second_factor_changed", "Requirement of a second factor changed", "before", "after"),
    _event("tenant.suspended", "Organisation suspended by the operator"),
    _event("tenant.resumed", "Organisation goes on"),
    _event("tenant.deletion_asked", "Organisation is going to be deleted", "ends"),
    _event("tenant.deletion_taken_back", "Deletion of the organisation taken back"),
    _event("tenant.deleted", "Organisation deleted"),
    _event("invitation.made", "Invitation made", "role"),
    _event("invitation.withdrawn", "Invitation withdrawn"),
    _event("member.joined", "Joined", "role"),
    _event("member.role_changed", "Role changed", "before", "after"),
    _event("member.left", "Left the organisation", "how"),
    _event("password.reset_made", "Password reset link made"),
    _event("support.visit_opened", "Support opened a visit", "reason", "until"),
    _event("support.visit_ended", "Visit of support ended"),
    _event("support.asked", "Support asked to visit", "reason"),
    _event("support.allowed", "Support allowed to visit", "until"),
    _event("support.declined", "Support not allowed to visit"),
    _event("support.taken_back", "Leave of support to visit taken back"),
    _event("support.access_changed", "Access of support changed", "before", "after"),
    _event("audit.exported", "Activity exported", "format", "count"),
    _event("audit.closed", "Part of this record closed", "first", "last", "digest"),
    _event("uses.batch", "Uses of credentials written down", "count", "digest", "lost"),
    _event("uses.failed", "Jira could not be used", "code"),
    _event("uses.aged_out", "Old uses of credentials deleted", "closed_before"),
    _event("account.drafted", "ALM account drafted", "kind"),
    _event("account.changed", "ALM account changed", "changed", "values"),
    _event("account.saved", "ALM account saved"),
    _event("account.deleted", "ALM account deleted", "kind"),
    _event("account.conversion_begun", "Change of the way to connect begun", "from_kind", "to_kind"),
    _event("account.conversion_cancelled", "Change of the way to connect cancelled", "from_kind", "to_kind"),
    _event("account.converted", "Way to connect changed", "from_kind", "to_kind", "until"),
    _event("account.old_way_ended", "Former way to connect ended", "from_kind"),
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
    _event("person.reminded", "Reminded to connect"),
    _event("ending.warned", "Told of a coming end", "what", "ends", "days"),
    _event("token.tried", "Token tried", "code"),
    _event("token.end_entered", "End of a token entered", "ends"),
    _event("app.changed", "OAuth 2.0 app changed", "changed", "values"),
    _event("site.pinned", "Site chosen", "cloud_id"),
    _event("accounts.exported", "List of ALM accounts exported", "count"),
    _event("accounts.reported", "Accounts reported to Atlassian", "code"),
    _event("person.erased", "Personal data of an Atlassian account erased"),
    _event("person.fetched", "Personal data of an Atlassian account fetched again"),
    _event("grant.given", "Grant given", "generation", "scopes"),
    _event("grant.renewed", "Grant renewed", "generation"),
    _event("grant.renewal_failed", "Grant not renewed", "generation", "code"),
    _event("grant.ended", "Grant ended", "generation", "why"),
    _event("checklist.ran", "Checklist gone through", "why", "failed", "warnings"),
    _event("checklist.changed", "A row of the checklist changed", "row", "before", "after", "code"),
    _event("checklist.told", "Admins were mailed about a row of the checklist", "row"),
    _event("guide_link.made", "Guide link made", "ends"),
    _event("guide_link.ended", "Guide link ended"),
    _event("link.made_by_rest", "Application link made in Jira by the portal", "code"),
    _event("fields.mapped", "Fields mapped", "changed", "values"),
    _event("program_key.made", "Program key made", "ends", "operations"),
    _event("program_key.revoked", "Program key revoked"),
    _event("program_key.exposed", "Program key sent where others may read it", "place"),
    _event("program_consent.given", "Programs allowed to act for a person"),
    _event("program_consent.withdrawn", "Programs no longer allowed to act for a person", "why"),
    _event("board.added", "Board added"),
    _event("board.renamed", "Board renamed"),
    _event("board.removed", "Board removed"),
    _event("board.sprint_made", "Sprint made in Jira", "sprint"),
    _event("board.sprint_changed", "Sprint changed in Jira", "sprint"),
    _event("board.sprint_started", "Sprint started in Jira", "sprint"),
    _event("board.sprint_completed", "Sprint completed in Jira", "sprint", "open", "to"),
    _event("board.sprint_deleted", "Sprint deleted in Jira", "sprint"),
    _event("board.issues_moved", "Issues moved in Jira", "count", "to"),
    _event("board.epic_changed", "Epic changed in Jira", "issue"),
    _event("board.status_changed", "Status of an issue changed in Jira", "issue"),
    _event("idea.added", "Idea added"),
    _event("idea.changed", "Idea changed"),
    _event("idea.removed", "Idea removed"),
    _event("idea.push_begun", "Idea sent to Jira"),
    _event("idea.pushed", "Issue made in Jira of an idea", "issue"),
    _event("idea.push_failed", "Jira made no issue of an idea", "code"),
    _event("idea.push_in_doubt", "Not known whether Jira made an issue of an idea", "code"),
    _event("idea.push_given_up", "Push of an idea given up: no issue of it was found in Jira"),
    _event("idea.linked", "Idea linked to an issue", "issue"),
    _event("idea.link_back_failed", "An issue got no link back to its idea", "code"),
    _event("idea.link_back_in_doubt", "Not known whether an issue got its link back to its idea", "code"),
    _event("idea.unlinked", "Idea no longer linked to its issue", "issue"),
    _event("deliveries.accepted", "Deliveries accepted from a program", "kind", "count"),
    _event(
        "deliveries.answered",
        "Deliveries answered by Jira",
        "kind",
        "accepted",
        "rejected",
        "unanswered",
        "failed",
    ),
    _event("deliveries.held_up", "Deliveries held up", "code"),
    _event("deliveries.going_on", "Deliveries go on"),
    _event("deliveries.kind_held_up", "Deliveries of one kind held up", "kind", "code"),
    _event("deliveries.kind_going_on", "Deliveries of one kind go on", "kind"),
    _event("deliveries.replayed", "Deliveries replayed", "count"),
    _event("deliveries.sent_again", "Latest state sent again with a new number"),
    _event("deliveries.paused", "Deliveries paused"),
    _event("deliveries.resumed", "Deliveries resumed"),
)

# The events of a tenant by what they are about: titles, and what the names begin with.
GROUPS = {
    "People": ("tenant", "invitation", "member", "password"),
    "ALM accounts": ("account", "app", "site", "link", "fields", "accounts"),
    "Signing keys": ("key",),
    "Connecting and disconnecting": ("flow", "credential", "token", "grant", "person", "ending"),
    "Checklist and guide": ("checklist", "guide_link"),
    "Programs and deliveries": ("program_key", "program_consent", "deliveries"),
    "Boards and ideas": ("board", "idea"),
    "Support and this record": ("support", "audit"),
    "Use of credentials": ("uses",),
}

PORTAL = {event.name: event for event in PORTAL_EVENTS}
TENANT = {event.name: event for event in TENANT_EVENTS}


def grouped() -> dict[str, list[Event]]:
    """The events of a tenant under the titles of :data:`GROUPS`, in the order of the list."""
    return {
        title: [event for event in TENANT_EVENTS if event.name.partition(".")[0] in beginnings]
        for title, beginnings in GROUPS.items()
    }
