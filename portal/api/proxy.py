"""The proxy: a request of a program, sent to an account's Jira by the account's authentication (row E6).

What Jira answered is marked ``Almoner-Answer: jira``; everything else is a problem document of ours.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

from flask import Response

from portal.api.acting import ready, ready_again
from portal.api.asked import Asked, asked_by_flask
from portal.api.door import api
from portal.api.proxy_answers import Short, answered
from portal.api.proxy_requests import Body, sent_body, sent_headers, sent_target
from portal.api.troubles import told
from portal.credentials.ready import Ready
from portal.jira.answers import JiraTrouble
from portal.kinds import KINDS
from portal.programs.keys import READ_PROXY, WRITE_PROXY
from portal.programs.path_refusals import PathRefused, Why
from portal.programs.paths import METHODS, JiraPath, permit, read_path, reads
from portal.programs.proxied import Sender, Wanted
from portal.web import access
from portal.web.documents import Problem

bp = api("proxy_api")

AT_LEAST = timedelta(seconds=30)  # what a token is still good for when it is sent
PROBLEMS = {
    Why.METHOD: "method-not-taken",
    Why.NOT_NAMED: "path-refused",
    Why.READS_ONLY: "write-refused",
    Why.ADMINISTRATIVE: "write-refused",
}


@bp.route(
    "/alm-accounts/<uuid:account_id>/proxy/<path:jira_path>",
    methods=sorted(METHODS),
    merge_slashes=False,
    provide_automatic_options=False,
)
@access.program(READ_PROXY)
def send(account_id: UUID, jira_path: str) -> Response:
    """Send a request on. The path is taken from the request line, not as Flask has decoded it."""
    answer = relayed(asked_by_flask(), account_id, sent_body)
    return answer if isinstance(answer, Response) else answer.response()


def relayed(asked: Asked, account_id: UUID, body_of: Callable[[], Body]) -> Response | Short:
    """What Jira answers to it. ``body_of`` reads the body, once it is to be sent. Raises :class:`Problem`."""
    path, query = _permitted(asked, account_id)
    row = ready(asked, account_id, AT_LEAST)
    only_reads = reads(path, asked.method)
    if row.read_only and not only_reads:
        raise Problem("read-only-account")
    if asked.socket:  # for each piece of what is sent, and of the answer
        asked.socket.settimeout(asked.services.programs.deadline.total_seconds())
    body, length = body_of()
    wanted = Wanted(asked.method, path.raw, query, sent_headers(asked), body, length, only_reads)
    here = f"{asked.services.settings.base_url}/api/v1/alm-accounts/{account_id}/proxy"
    telling = told(is_cloud=KINDS[row.kind].is_cloud, for_person=asked.person is not None)
    with telling, _entered(asked, row, path) as use:
        services, again = asked.services, partial(ready_again, asked, account_id)
        sender = Sender(asked.work, services.registry, services.programs, again)
        answer, way = sender.send(row, wanted)
        use.status = answer.status
        return answered(asked, answer, way, here)


def _permitted(asked: Asked, account_id: UUID) -> tuple[JiraPath, str]:
    """Path and query, where the key may call them. Raises :class:`Problem`."""
    program = asked.program
    try:
        raw, query = sent_target(asked.target, account_id)
        path = read_path(raw)
        permit(path, asked.method, program.paths, WRITE_PROXY in program.operations)
    except PathRefused as refused:
        named = f" What it would have to name: {refused.pattern}" if refused.pattern else ""
        raise Problem(PROBLEMS.get(refused.why, "path-unsafe"), f"{refused}{named}") from None
    return path, query


@dataclass
class _Use:
    """What came of a request. ``status``: what Jira answered, None where nothing did."""

    status: int | None = None


@contextmanager
def _entered(asked: Asked, row: Ready, path: JiraPath) -> Iterator[_Use]:
    """The request stands in the use ledger when its answer is there, or its trouble."""
    began, use, code = time.monotonic(), _Use(), None
    try:
        yield use
    except JiraTrouble as trouble:
        code = str(trouble.code)
        raise
    finally:
        if row.credential_id and (code or use.status):
            asked.services.registry.outbound.ledger.take(
                asked.work,
                account_id=row.account_id,
                credential_id=row.used_id,
                holder_id=row.holder_id,
                calls=1,
                code=code,
                method=asked.method,
                template=path.template,
                status=use.status,
                millis=round(1000 * (time.monotonic() - began)),
            )
