"""All tables. Importing this package fills ``Base.metadata``.

``PORTAL_WIDE`` is the closed list of tables that belong to no tenant; everything else is
:class:`~portal.store.base.TenantOwned` and reached with a tenant only (a test holds both).
"""

from portal.store.tables.accounts import (
    AccountApp,
    AlmAccount,
    Certificate,
    CloudSite,
    Conversion,
    FieldMapping,
    OauthApp,
    SigningKey,
)
from portal.store.tables.audits import (
    AuditEvent,
    AuditIndex,
    AuditSegment,
    PortalAuditEvent,
    PortalAuditSegment,
    Use,
)
from portal.store.tables.boards import Board, Idea, KeptForm
from portal.store.tables.checks import Check, CheckChange, CheckRun, GuideLink
from portal.store.tables.credentials import (
    AccountToReport,
    Credential,
    Flow,
    FlowLookup,
    Grant,
    Reminder,
    SharedGrant,
    SharedPoints,
    TokenDraft,
)
from portal.store.tables.deliveries import (
    Delivery,
    DeliveryRequest,
    DeliveryWay,
)
from portal.store.tables.people import (
    Invitation,
    Membership,
    RecoveryCode,
    RootCanary,
    SignIn,
    SupportRequest,
    SupportVisit,
    Tenant,
    TenantKey,
    Tries,
    User,
)
from portal.store.tables.programs import Generation, ProgramConsent, ProgramKey, ProgramKeyAccount
from portal.store.tables.works import DueWork, Mail

PORTAL_WIDE = frozenset(
    {
        "tenants",
        "users",
        "memberships",
        "sign_ins",
        "recovery_codes",
        "flow_lookups",
        "shared_grants",
        "shared_points",
        "accounts_to_report",
        "due_work",
        "mails",
        "tries",
        "support_visits",
        "support_requests",
        "portal_audit_events",
        "portal_audit_segments",
        "audit_index",
        "root_canaries",
        "generations",
    }
)

__all__ = [
    "PORTAL_WIDE",
    "AccountApp",
    "AccountToReport",
    "AlmAccount",
    "AuditEvent",
    "AuditIndex",
    "AuditSegment",
    "Board",
    "Certificate",
    "Check",
    "CheckChange",
    "CheckRun",
    "CloudSite",
    "Conversion",
    "Credential",
    "Delivery",
    "DeliveryRequest",
    "DeliveryWay",
    "DueWork",
    "FieldMapping",
    "Flow",
    "FlowLookup",
    "Generation",
    "Grant",
    "GuideLink",
    "Idea",
    "Invitation",
    "KeptForm",
    "Mail",
    "Membership",
    "OauthApp",
    "PortalAuditEvent",
    "PortalAuditSegment",
    "ProgramConsent",
    "ProgramKey",
    "ProgramKeyAccount",
    "RecoveryCode",
    "Reminder",
    "RootCanary",
    "SharedGrant",
    "SharedPoints",
    "SignIn",
    "SigningKey",
    "SupportRequest",
    "SupportVisit",
    "Tenant",
    "TenantKey",
    "TokenDraft",
    "Tries",
    "Use",
    "User",
]
