"""Which lines of the audit tell something on a connection's timeline, and what they mean for it."""

from portal.audit import use_batches

# What happens again and again while all is well: counted between the other lines, not listed.
ROUTINE = ("grant.renewed", "checklist.ran", "deliveries.accepted", "deliveries.answered")
UNTOLD = (*ROUTINE, use_batches.EVENT, use_batches.AGED_OUT, use_batches.FAILED)
# From here on a connection does not work, or does not go on.
BREAKS = frozenset(
    {
        "credential.refused",
        "credential.ended",
        "grant.ended",
        "grant.renewal_failed",
        "deliveries.held_up",
        "deliveries.kind_held_up",
        "deliveries.paused",
        "account.old_way_ended",
    }
)
# From here on it works again.
MENDS = frozenset(
    {"credential.connected", "deliveries.going_on", "deliveries.kind_going_on", "deliveries.resumed"}
)
ACCEPTED_AGAIN = "accepted_again"
# What somebody did that may be why a connection stopped.
CHANGES = (
    "account.changed",
    "account.converted",
    "app.changed",
    "credential.connected",
    "credential.ended",
    "key.switched",
    "link.made_by_rest",
    "site.pinned",
    "token.end_entered",
)
# What an entry means for the connection: it stopped, it works again, something failed.
STOPPED, WORKS, FAILED = "stopped", "works", "failed"
