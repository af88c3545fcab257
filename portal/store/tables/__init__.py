"""All tables. Importing this package fills ``Base.metadata``.

``PORTAL_WIDE`` is the closed list of tables that belong to no tenant; everything else is
:class:`~portal.store.base.TenantOwned` and reached with a tenant only (a test holds both).
"""

from portal.store.tables.accounts import AlmAccount, Board, CloudSite, FieldMapping, OauthApp, SigningKey
from portal.store.tables.audits import AuditEvent, PortalAuditEvent
from portal.store.tables.credentials import Credential, Flow, FlowLookup, Grant, SharedGrant, SharedPoints
from portal.store.tables.people import (
    Invitation,
    Membership,
    RootCanary,
    SignIn,
    SupportVisit,
    Tenant,
    TenantKey,
    User,
)
from portal.store.tables.works import DueWork, Mail

PORTAL_WIDE = frozenset(
    {
        "tenants",
        "users",
        "memberships",
        "sign_ins",
        "flow_lookups",
        "shared_grants",
        "shared_points",
        "due_work",
        "mails",
        "support_visits",
        "portal_audit_events",
        "root_canaries",
    }
)

__all__ = [
    "PORTAL_WIDE",
    "AlmAccount",
    "AuditEvent",
    "Board",
    "CloudSite",
    "Credential",
    "DueWork",
    "FieldMapping",
    "Flow",
    "FlowLookup",
    "Grant",
    "Invitation",
    "Mail",
    "Membership",
    "OauthApp",
    "PortalAuditEvent",
    "RootCanary",
    "SharedGrant",
    "SharedPoints",
    "SignIn",
    "SigningKey",
    "SupportVisit",
    "Tenant",
    "TenantKey",
    "User",
]
