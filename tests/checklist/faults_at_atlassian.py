"""Faults of what a connection by an app may do: sites, permissions, reporting, and the operator's app."""

from portal.kinds.features import READ_WORK
from portal.kinds.scopes import READ_ME, READ_PERMISSIONS, REPORT
from tests.checklist.fault import Fault, ask_for, begin_a_consent, report, use_up_points

SITES_AND_SCOPES = (
    Fault("The site is gone", "app", "jira", "not_jira", switches={"sites_removed": ["acme"]}),
    Fault("The grant covers another site", "app", "site", "site_not_covered", switches={"other_site": True}),
    Fault(
        "The site has another address",
        "app",
        "site",
        "site_renamed",
        "warning",
        switches={"sites_renamed": ["acme"]},
    ),
    Fault(
        "The person is not on the site any more",
        "app",
        "site",
        "site_gone",
        switches={"not_on_site": ["admin:acme"]},
    ),
    Fault(
        "A permission of the app is missing",
        "app",
        "scopes",
        "scopes_unsaved",
        switches={"scopes_missing": ["read:epic:jira-software"]},
    ),
    Fault(
        "A permission of the token is missing",
        "scoped",
        "scopes",
        "token_scopes_missing",
        switches={"scopes_missing": ["read:epic:jira-software"]},
    ),
    Fault(
        "A permission nobody needs",
        "app",
        "superfluous",
        "scopes_superfluous",
        "warning",
        switches={"scopes_extra": ["manage:jira-project"]},
    ),
    Fault(
        "A permission of the sign-in is missing",
        "app",
        "consent",
        "sign_in_scopes_missing",
        "warning",
        switches={"scopes_missing": [READ_ME]},
        also={"scopes": "scopes_unsaved"},
    ),
    Fault(
        "The permission that tells permissions is missing",
        "app",
        "permissions",
        "permissions_untold",
        "unknown",
        switches={"scopes_missing": [READ_PERMISSIONS, READ_WORK]},
        also={"scopes": "scopes_unsaved"},
    ),
    Fault(
        "The incoming link has the permission to read alone",
        "incoming",
        "consent",
        "link_permission_missing",
        "warning",
        switches={"link_reads_only": True},
        spoils=True,
    ),
)

REPORTS = (
    Fault(
        "The app does not ask for the permission to report",
        "app",
        "reporting",
        "report_not_allowed",
        "warning",
        act=ask_for(REPORT),
        also={"superfluous": "scopes_superfluous"},
        spoils=True,
    ),
    Fault(
        "Atlassian took no report",
        "app",
        "reporting",
        "report_failed",
        "warning",
        switches={"report_rate_limited": 60},
        act=report,
        spoils=True,
    ),
)

OF_THE_OPERATOR = (
    Fault(
        "The secret of the operator's app was replaced",
        "shared",
        "signature",
        "shared_app_refused",
        switches={"client_secret_wrong": True},
        spoils=True,
    ),
    Fault(
        "The operator's app was removed",
        "shared",
        "signature",
        "shared_app_refused",
        switches={"client_unknown": True},
        spoils=True,
    ),
    Fault(
        "The organisation's share of the operator's app is used up",
        "shared",
        "points",
        "points_used",
        act=use_up_points,
        spoils=True,
    ),
    Fault(
        "A permission of the operator's app is missing",
        "shared",
        "scopes",
        "shared_scopes_missing",
        switches={"scopes_missing": ["read:epic:jira-software"]},
    ),
    Fault(
        "The operator's app has a permission nobody needs",
        "shared",
        "superfluous",
        "shared_scopes_superfluous",
        "warning",
        switches={"scopes_extra": ["manage:jira-project"]},
    ),
    Fault(
        "The callback URL of the operator's app is another one",
        "shared",
        "callback",
        "shared_callback_unproved",
        "unknown",
        switches={"callback_mismatch": True},
        act=begin_a_consent,
        spoils=True,
    ),
)
