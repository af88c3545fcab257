"""Problem documents (RFC 9457): how programs are told what is wrong, in words for whoever runs them."""

import json
from collections.abc import Mapping, Sequence

from flask import Response, g

from portal.web.place import external
from portal.web.program_problems import TYPES

PROBLEM_JSON = "application/problem+json"
# Says whose answer one is: ``almoner`` for each of these documents, ``jira`` for what the proxy passes on.
MARK = "Almoner-Answer"


class Problem(Exception):
    """One problem of the list (:data:`~portal.web.program_problems.TYPES`), met by a program.

    Raised anywhere under ``/api/``, it becomes the answer. ``detail``, ``remedy``: what is known of this one,
    in place of what holds for all. ``errors``: what is wrong at which place of the body, each with
    ``pointer`` (RFC 6901), ``detail``, ``remedy``. Nothing of it may repeat what was sent: that may hold
    secrets.
    """

    def __init__(
        self,
        code: str,
        detail: str | None = None,
        remedy: str | None = None,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.type = TYPES[code]
        self.detail = detail or self.type.detail
        self.remedy = remedy or self.type.remedy
        self.errors = tuple(errors)
        self.headers = dict(headers or {})


def document(told: Problem) -> Response:
    """The answer that says it."""
    body: dict[str, object] = {
        "type": external(told.type.path),
        "title": told.type.title,
        "status": told.type.status,
        "detail": told.detail,
        "remedy": told.remedy,
        "request_id": g.get("request_id"),
        # As Jira tells errors: clients of Jira show this, and nothing else.
        "errorMessages": [f"{told.detail} {told.remedy}"],
    }
    if told.errors:
        body["errors"] = [dict(one) for one in told.errors]
    text = json.dumps(body, ensure_ascii=False) + "\n"
    headers = {MARK: "almoner", **told.headers}
    return Response(text, told.type.status, headers, content_type=PROBLEM_JSON)
