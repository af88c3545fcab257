"""Sending builds, deployments and other data about development to a site: Jira takes many in one call.

The paths are Atlassian's for OAuth credentials ("Integrate Jira Software Cloud with on-premises tools"); what
comes back is described in the "Jira Software Cloud REST API". Nothing can be read here.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import requests

from portal.jira.answers import Code, JiraTrouble, json_answer, trouble_from_response
from portal.jira.atlassian import Atlassian
from portal.jira.oauth2 import JiraOAuth2Session

_TAKEN = 202
# What a call to a site says whose credential it is not, and to one that was renamed or removed.
OF_THE_SITE = frozenset({Code.NOT_FOUND, Code.NOT_JIRA, Code.REDIRECTED})


class Allowed(StrEnum):
    """Whether a credential may send something, as far as Jira lets it be seen."""

    GRANTED = "granted"
    MISSING = "missing"
    UNKNOWN = "unknown"


def send(
    session: JiraOAuth2Session, atlassian: Atlassian, path: Sequence[str], body: Mapping[str, Any]
) -> object:
    """Send ``body`` once, and give back what Jira says of each item (202): the call was taken, not the items.

    Raises JiraTrouble for everything else: ``bad_request`` with Jira's complaint about the whole,
    ``too_much`` (413), ``forbidden`` where the permission is missing, ``not_found`` for another site than the
    credential's, ``unauthorized`` for the token, ``rate_limited`` with the pause asked for. No redirect is
    followed: a renamed site would get a GET without the body.
    """
    response = _post(session, atlassian, path, body)
    answer = json_answer(response)
    if response.status_code != _TAKEN:
        raise JiraTrouble(Code.BROKEN_ANSWER, status=response.status_code, reason="it was not taken as sent")
    return answer


def allowed(
    session: JiraOAuth2Session, atlassian: Atlassian, path: Sequence[str], empty: Mapping[str, Any]
) -> tuple[Allowed, JiraTrouble | None]:
    """Whether this kind of data may be sent, tried with a list of nothing; with what came back instead.

    Jira refuses who may not send before it looks at what was sent: a complaint about the body is leave to
    send. That is described nowhere, so any other answer says nothing.
    """
    try:
        response = _post(session, atlassian, path, empty)
        trouble = trouble_from_response(response)
    except JiraTrouble as met:
        return Allowed.UNKNOWN, met
    if trouble is not None and trouble.code is Code.FORBIDDEN:
        return Allowed.MISSING, trouble
    if trouble is not None and trouble.code is Code.BAD_REQUEST and "message" in trouble.evidence:
        return Allowed.GRANTED, None
    return Allowed.UNKNOWN, trouble


def _post(
    session: JiraOAuth2Session, atlassian: Atlassian, path: Sequence[str], body: Mapping[str, Any]
) -> requests.Response:
    url = atlassian.api.url(tuple(path))
    return session.request("POST", url, json=body, headers={"Accept": "application/json"})
