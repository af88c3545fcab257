"""The shapes of builds, deployments, feature flags and development information, as Atlassian has them."""

from __future__ import annotations

from portal.sandbox.cloud.shapes import (
    ISSUE_KEY,
    ISSUE_KEYS,
    address,
    many,
    matching,
    moment,
    one_of,
    percentage,
    record,
    text,
    truth,
    whole,
)

_VERSION = one_of("1.0")

BUILD = record(
    {
        "pipelineId": text(),
        "buildNumber": whole(),
        "updateSequenceNumber": whole(),
        "displayName": text(),
        "url": address,
        "state": one_of("pending", "in_progress", "successful", "failed", "cancelled", "unknown"),
        "lastUpdated": moment,
        "issueKeys": ISSUE_KEYS,
    },
    {
        "schemaVersion": _VERSION,
        "description": text(),
        "label": text(),
        "testInfo": record(
            {"totalNumber": whole(), "numberPassed": whole(), "numberFailed": whole()},
            {"numberSkipped": whole()},
        ),
        "references": many(
            record(
                {},
                {
                    "commit": record({"id": text(), "repositoryUri": text(2000)}, {}),
                    "ref": record({"name": text(), "uri": text(2000)}, {}),
                },
            ),
            1,
            5,
        ),
    },
)

ISSUE_ASSOCIATIONS = ("issueKeys", "issueIdOrKeys")
ENTITY_ASSOCIATIONS = ("commit", "repository")
_ENTITY = record({"repositoryId": text()}, {"commitHash": text()})
_KEY_OR_ID = matching(rf"{ISSUE_KEY}|[0-9]{{1,255}}")


def _association(name: str, value: object) -> list[str]:
    """What ``values`` hold depends on ``associationType``."""
    kind = value.get("associationType") if isinstance(value, dict) else None
    entities = _ENTITY if kind in ENTITY_ASSOCIATIONS else text()
    inner = _KEY_OR_ID if kind in ISSUE_ASSOCIATIONS else entities
    kinds = one_of(*ISSUE_ASSOCIATIONS, "serviceIdOrKeys", *ENTITY_ASSOCIATIONS)
    return record({"associationType": kinds, "values": many(inner, 1, 500)}, {})(name, value)


DEPLOYMENT = record(
    {
        "deploymentSequenceNumber": whole(),
        "updateSequenceNumber": whole(),
        "displayName": text(),
        "url": address,
        "description": text(),
        "lastUpdated": moment,
        "state": one_of(
            "unknown", "pending", "in_progress", "cancelled", "failed", "rolled_back", "successful"
        ),
        "pipeline": record({"id": text(), "displayName": text(), "url": address}, {}),
        "environment": record(
            {
                "id": text(),
                "displayName": text(),
                "type": one_of("unmapped", "development", "testing", "staging", "production"),
            },
            {},
        ),
    },
    {
        "issueKeys": ISSUE_KEYS,
        "associations": many(_association, 1, 3),
        "label": text(),
        "duration": whole(),
        "commands": many(record({}, {"command": text()}), 0),
        "schemaVersion": _VERSION,
    },
)

_FLAG_STATUS = record(
    {"enabled": truth},
    {
        "defaultValue": text(),
        "rollout": record({}, {"percentage": percentage, "text": text(), "rules": whole(0)}),
    },
)
FLAG = record(
    {
        "id": text(),
        "key": text(),
        "updateSequenceId": whole(),
        "issueKeys": ISSUE_KEYS,
        "summary": record({"status": _FLAG_STATUS, "lastUpdated": moment}, {"url": address}),
        "details": many(
            record(
                {
                    "url": address,
                    "lastUpdated": moment,
                    "environment": record(
                        {"name": text()},
                        {"type": one_of("development", "testing", "staging", "production")},
                    ),
                    "status": _FLAG_STATUS,
                },
                {},
            ),
            1,
        ),
    },
    {"schemaVersion": _VERSION, "displayName": text()},
)

# Of development information, projects may have keys in any alphabet.
_DEV_KEYS = many(matching(r"[^\W\d_]\w{1,255}-\d{1,255}"), 1, 500)
_COUNT = whole(0, 2**31 - 1)
_ENTITY_OF_REPOSITORY = {"issueKeys": _DEV_KEYS, "updateSequenceId": whole()}
_PERSON = record(
    {}, {"name": text(), "email": text(), "username": text(), "url": text(2000), "avatar": text(2000)}
)
_FILE = record(
    {
        "path": text(1024),
        "url": address,
        "changeType": one_of("ADDED", "COPIED", "DELETED", "MODIFIED", "MOVED", "UNKNOWN"),
        "linesAdded": _COUNT,
        "linesRemoved": _COUNT,
    },
    {},
)
COMMIT = record(
    _ENTITY_OF_REPOSITORY
    | {
        "id": text(1024),
        "message": text(2**20),  # what is longer than 1024 characters is cut, not refused
        "author": _PERSON,
        "fileCount": _COUNT,
        "url": address,
        "authorTimestamp": moment,
        "displayId": text(),
    },
    {"hash": text(), "flags": many(one_of("MERGE_COMMIT"), 0), "files": many(_FILE, 0, 10)},
)
BRANCH = record(
    _ENTITY_OF_REPOSITORY | {"id": text(1024), "name": text(512), "lastCommit": COMMIT, "url": address},
    {"createPullRequestUrl": address},
)
_REVIEWER = record(
    {},
    {
        "name": text(),
        "approvalStatus": one_of("APPROVED", "UNAPPROVED"),
        "url": address,
        "avatar": address,
        "email": text(254),
        "accountId": text(128),
    },
)
PULL_REQUEST = record(
    _ENTITY_OF_REPOSITORY
    | {
        "id": text(1024),
        "status": one_of("OPEN", "MERGED", "DECLINED", "UNKNOWN"),
        "title": text(1024),
        "author": _PERSON,
        "commentCount": whole(-(2**31), 2**31 - 1),
        "sourceBranch": text(),
        "lastUpdate": moment,
        "url": address,
        "displayId": text(),
    },
    {
        "sourceBranchUrl": address,
        "destinationBranch": text(),
        "destinationBranchUrl": address,
        "reviewers": many(_REVIEWER, 0),
    },
)
ENTITIES = {"commits": COMMIT, "branches": BRANCH, "pullRequests": PULL_REQUEST}
"""The entities of a repository, by the name of their list."""
REPOSITORY = record(
    {"id": text(1024), "name": text(), "url": address, "updateSequenceId": whole()},
    {
        "description": text(1024),
        "forkOf": text(1024),
        "avatar": address,
        "avatarDescription": text(1024),
    },
)
