"""What a Jira answered to a program's request, as the rules read it that name what a Jira says."""

import requests
from requests.structures import CaseInsensitiveDict

from portal.jira import said
from portal.jira.relay import Answer

LOOKED_AT = said.LOOKED_AT


def as_response(answer: Answer) -> requests.Response:
    """The answer with the beginning of its body and with what was sent, which is left out of what is said.

    Raises JiraTrouble where the body breaks off.
    """
    response = requests.Response()
    response.status_code = answer.status
    response.headers.update(answer.told)
    response._content = answer.peek(LOOKED_AT)
    sent = requests.PreparedRequest()
    sent.method, sent.url, sent.headers = (
        answer.call.method,
        answer.call.url,
        CaseInsensitiveDict(answer.call.headers),
    )
    sent.body = answer.call.body if isinstance(answer.call.body, bytes) else None
    response.request = sent
    return response
