"""Faults of an account that only sends: its way, its credential, and what became of what was sent."""

from collections.abc import Mapping

from portal.kinds.sent_data import SENT_DATA
from tests.checklist.fault import Fault, edit
from tests.checklist.sending import leave_too_long, pause, send_a_build, send_to_no_issue


def _everything(code: str) -> Mapping[str, str]:
    """None of it may be sent, for the same reason."""
    return {f"may_send_{data.api}": code for data in SENT_DATA}


WAY_OF_DELIVERIES = (
    Fault("No site URL was entered", "delivery", "address", "address_missing", act=edit(base_url=None)),
    Fault(
        "There is no site of that name",
        "delivery",
        "name",
        "name_unknown",
        act=edit(base_url="https://acme.invalid"),
    ),
    Fault(
        "The site's port refuses connections",
        "delivery",
        "port",
        "unreachable",
        switches={"door": "refused"},
        at="http",
    ),
    Fault(
        "Something on the way shows a certificate of its own", "delivery", "tls", "tls_untrusted", at="https"
    ),
    Fault(
        "The site that is sent to was removed",
        "delivery",
        "jira",
        "not_jira",
        switches={"sites_removed": ["acme"]},
    ),
    Fault(
        "Atlassian is down for a site that is sent to",
        "delivery",
        "jira",
        "maintenance",
        switches={"down": True},
    ),
    Fault(
        "The site that is sent to has another address",
        "delivery",
        "site",
        "site_renamed",
        "warning",
        switches={"sites_renamed": ["acme"]},
    ),
    Fault(
        "The client secret is entered over plain http",
        "delivery",
        "secret_private",
        "secret_in_clear",
        "warning",
        portal_url="http://portal.example.com",
    ),
)

CREDENTIALS_OF_SITES = (
    Fault(
        "The client secret is not that of the credential",
        "delivery",
        "token",
        "client_refused",
        switches={"deliveries_credentials": "secret_wrong"},
    ),
    Fault(
        "The credential was deleted in Jira",
        "delivery",
        "token",
        "client_refused",
        switches={"deliveries_credentials": "deleted"},
    ),
    Fault(
        "Atlassian's token endpoint fails",
        "delivery",
        "token",
        "token_endpoint_failed",
        switches={"token_status": 500},
    ),
    *(
        Fault(
            f"The credential was created without the permission: {data.permission}",
            "delivery",
            f"may_send_{data.api}",
            "delivery_permission_missing",
            switches={"deliveries_not_permitted": [data.api]},
            evidence={"missing": data.permission},
        )
        for data in SENT_DATA
    ),
    *(
        Fault(
            name,
            "delivery",
            "may_send_builds",
            code,
            switches=switches,
            also=_everything(code),
            hangs="deliveries_hang" in switches,
        )
        for name, code, switches in (
            (
                "What is sent is redirected (302)",
                "delivery_site",
                {"deliveries_site": "renamed"},
            ),
            ("The credential is of another site (404)", "delivery_site", {"deliveries_site": "gone"}),
            ("The token is refused at once", "unauthorized", {"deliveries_unauthorized": True}),
            ("What is sent finds Jira down (503)", "maintenance", {"deliveries_status": 503}),
            ("What is sent is rate limited (429)", "rate_limited", {"deliveries_rate_limited": 60}),
            ("What is sent is never answered", "deadline", {"deliveries_hang": True}),
        )
    ),
)

SENT = (
    Fault(
        "Jira knows none of the issues a build names",
        "delivery",
        "last_delivery",
        "delivery_rejected",
        "warning",
        switches={"deliveries_keys_unknown": True},
        act=send_a_build,
        spoils=True,
    ),
    Fault(
        "What was sent last is too large for Jira",
        "delivery",
        "last_delivery",
        "delivery_failed",
        "warning",
        switches={"deliveries_most_bytes": 200},
        act=send_a_build,
        spoils=True,
    ),
    Fault(
        "Jira's answer does not name what was sent last",
        "delivery",
        "last_delivery",
        "delivery_unanswered",
        "warning",
        switches={"deliveries_answer": "one_not_named"},
        act=send_a_build,
        spoils=True,
    ),
    Fault(
        "Jira takes a deployment for its repository, and knows none of its issues",
        "delivery",
        "last_delivery",
        "delivery_on_no_issue",
        "warning",
        switches={"deliveries_keys_unknown": True},
        act=send_to_no_issue,
        evidence={"missing": "SHOP-4"},
        spoils=True,
    ),
    Fault(
        "Jira's answers to what is sent are lost",
        "delivery",
        "oldest_waiting",
        "unreachable",
        switches={"deliveries_answer": "lost"},
        act=send_a_build,
        spoils=True,
    ),
    Fault(
        "Builds wait for a permission",
        "delivery",
        "oldest_waiting",
        "delivery_permission_missing",
        switches={"deliveries_not_permitted": ["builds"]},
        act=send_a_build,
        also={"may_send_builds": "delivery_permission_missing"},
        spoils=True,
    ),
    Fault(
        "Deliveries are paused",
        "delivery",
        "oldest_waiting",
        "deliveries_paused",
        "warning",
        act=pause,
        spoils=True,
    ),
    Fault(
        "No worker sends what waits",
        "delivery",
        "oldest_waiting",
        "deliveries_not_sent",
        act=leave_too_long,
        spoils=True,
    ),
)
