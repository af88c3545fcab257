"""The 429 of Cloud (developer.atlassian.com, Jira Cloud: Rate limiting)."""

from __future__ import annotations

from flask import Response

BURST, POINTS = "jira-burst-based", "jira-quota-global-based"


def too_many(seconds: int, reason: str = BURST) -> Response:
    """Refused for so many seconds."""
    headers = {
        "Retry-After": str(seconds),
        "X-RateLimit-Limit": "100",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-NearLimit": "true",
        "RateLimit-Reason": reason,
    }
    return Response('{"message": "Rate limit exceeded."}', 429, headers, content_type="application/json")
