"""Words of Jira's own REST paths, as plain data: what a rule or the ledger may know a path by.

From the paths that Atlassian describes for Jira Cloud (platform v3, software; October 2024) and for Jira Data
Center (9.12, v2), with the paths of Jira that client libraries call beside these.
"""

import re

# What stands in such a path and is not the name, key or id of anything.
_WORDS = """
a11y accessible actors addToDefault addons advanced-settings agile alternatives analyse announcementBanner
anonymization api app application application-properties applicationlink applicationlinks applicationrole
applinks applinks-oauth apply approve approximate-count approximateLicenseCount archive areMetricsExposed
assignable assignee associations atlassian-connect attachment attachments attribute auditing auth
authentication autocompletedata available availableFields avatar avatar2 avatars backlog baseUrl board
browse builds bulk bulkByProperties bulkfetch cancel capabilities changelog check classification-level
classification-levels cluster columns comment component components computation config configuration consumer
content context contexts copy count create createUser createdraft createmeta customFieldOption customFields
customer dashboard data-policy default defaultShareScope defaultValue delete deleted deployments detail
dev-status devinfo devopscomponents draft duplicated dynamic edit editmeta email email-templates entries
environments epic estimation eval evaluate events existsByProperties expand export expression failed
favourite featureflags features field fieldconfiguration fieldconfigurationscheme fields filter flag forge
full function gadget gadgets gating-status getAvailableMetrics greenhopper group groups groupuserpicker
hierarchy human id incidents index index-snapshot info instance ipd isRunning issue issueLink issueLinkType
issues issuesecuritylevelscheme issuesecurityschemes issuetype issuetypemapping issuetypes issuetypescheme
issuetypescreenscheme items jira-webhook jmx jql key label level license licenseValidator limit
linkedWorkspaces list listApplicationlinks locale mapping mappings match member members mergeto meta
migration module monitoring move multi multiProjectSearch my mypermissions mypreferences myself node nodes
none notification notificationscheme notify oauth oauth2 offline operations option options organization
owner page parse password pat pdcleaner permission permissions permissionscheme personal-settings picker pin
pinned-comments pipelines plan plans plugins policy post-incident-reviews priorities priority priorityscheme
priorityschemes product progress project projectCategory projectavatar projectmapping projects
projectvalidate properties publish query queue quickfilter rank rapidview rapidviews raw read recent record
refresh reindex relatedIssueCounts relatedwork remotelink remotelinks remove removeAndSwap report reports
repository request requesttype rerun resolution rest restore retryUpgrade revert role roledetails rule
sanitize screens screenscheme search secure security securitylevel serverInfo service-registry servicedesk
servicedeskapi servlet session settings sprint start startExposing state status statuscategory statuses
stopExposing subtask suggestions summary swap system tabs task temp temporary temporaryCrop terminology
thumbnail timetracking token tokens transitions trash trashed type types uiModifications unarchive
universal_avatar unlock unresolvedIssueCount update updateShowWhenEmptyIndicator updateUser updated upgrade
user user-avatar users validProjectKey validProjectName validation value version versions view viewavatar
viewissue votes vulnerability watchers watching webhook webhooks websudo workflow workflows workflowscheme
worklog zdu
"""
WORDS = frozenset(_WORDS.split())
VERSION = re.compile(r"[0-9]{1,2}(?:\.[0-9]{1,2})?|latest")

# What a write is administrative by: it changes who may do what, how the whole Jira, a project or a board
# works, whose a filter or dashboard is, or the server. In Jira Cloud these are the writes whose scope is to
# manage Jira's configuration, webhooks or projects, without components and versions, which are everyday work.
# In lower case; what ends with "scheme" or "schemes" belongs to them.
_ADMINISTRATIVE = """
admin crowd customer group groups myself mypreferences organization um user usermanagement users
actors applicationrole permission permissions role roles
auth oauth oauth2 password pat session token tokens websudo
announcementbanner application-properties configuration email-templates settings terminology
customfieldoption customfields field fieldconfiguration issuelinktype issuetype priority projectcategory
resolution screens status statuses universal_avatar workflow workflows
avatar avatar2 avatars classification-level classification-levels data-policy defaultsharescope edit email
features owner plans type uimodifications
addons applicationlink applicationlinks applinks applinks-oauth jira-webhook plugins webhook webhooks
audit auditing backup cluster index index-snapshot license licenses licensevalidator monitoring reindex
upgrade
"""
ADMINISTRATIVE = frozenset(_ADMINISTRATIVE.split())

# POST on these only reads: Atlassian asks the scope of reading for them, or describes them as doing no more.
READ_BY_POST = re.compile(
    r"rest/api/(?:2|3|latest)/(?:"
    r"search(?:/approximate-count|/id|/jql)?"
    r"|issue/(?:bulkfetch|watching|[A-Za-z0-9_-]+/changelog/list)|(?:comment|worklog)/list|changelog/bulkfetch"
    r"|jql/(?:autocompletedata|match|parse|pdcleaner|sanitize)|expression/(?:analyse|eval|evaluate)"
    r"|permissions/(?:check|project)|app/field/context/configuration/list|priorityscheme/mappings"
    r"|workflows(?:/(?:create|update)/validation)?|workflowscheme/(?:read|update/mappings)"
    r")/?"
)
