"""What stands between a program and a Jira, told in problem documents with the sentences people get too."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from portal.credentials.acting_as import NotConnected
from portal.credentials.problem import YOU
from portal.credentials.problem import Problem as Said
from portal.credentials.problems import problem
from portal.jira.answers import Code, JiraTrouble
from portal.web.documents import Problem

# Each is told as one of these; all others are of the credential.
_TYPES = {
    "jira-unreachable": (
        Code.ADDRESS_REFUSED,
        Code.NAME_UNKNOWN,
        Code.UNREACHABLE,
        Code.CONNECT_TIMEOUT,
        Code.PROXY_FAILED,
        Code.TLS_UNTRUSTED,
        Code.TLS_WRONG_HOST,
        Code.TLS_EXPIRED,
        Code.TLS_OTHER,
        Code.PLAIN_HTTP_REFUSED,
    ),
    "jira-slow": (Code.DEADLINE,),
    "jira-answer-broken": (
        Code.REDIRECTED,
        Code.HTML_INSTEAD_OF_JSON,
        Code.NOT_JIRA,
        Code.TOO_LARGE,
        Code.BROKEN_ANSWER,
        Code.SERVER_ERROR,
        Code.PROXY_PAGE,
        Code.MAINTENANCE,
        Code.BAD_REQUEST,
        Code.TOO_MUCH,
        Code.NOT_FOUND,
    ),
    "account-busy": (
        Code.CONCURRENCY_CEILING,
        Code.RATE_LIMITED,
        Code.POINTS_USED,
        Code.QUOTA_SPENT,
        Code.RENEWING,
        Code.RENEWED,
    ),
}
BUSY_SECONDS = 2  # where nobody knows how long it lasts
TYPE_OF = {code: name for name, codes in _TYPES.items() for code in codes}

# The catalogue speaks to the person; whoever runs a program is somebody else.
_PERSON_NOT_CONNECTED = replace(
    problem("person_not_connected"),
    title="That person is not connected",
    cause="Whom Almoner-User names has no token for this ALM account.",
    owner="that person",
    fix="Have them open ALM credentials in their profile in Almoner, connect this ALM account there "
    "and allow programs.",
)


@contextmanager
def told(*, is_cloud: bool | None, for_person: bool) -> Iterator[None]:
    """What stands in the way is told as a problem of the interface. ``for_person``: the request names one."""
    try:
        yield
    except NotConnected as error:
        code = error.view.code if error.view else None
        nothing = _PERSON_NOT_CONNECTED if for_person else problem("not_connected")
        raise _told("not-connected", problem(code, is_cloud=is_cloud) if code else nothing) from None
    except JiraTrouble as trouble:
        said = problem(str(trouble.code), trouble.evidence, is_cloud=is_cloud)
        kind = TYPE_OF.get(trouble.code, "not-connected")
        wait = trouble.retry_after or (BUSY_SECONDS if kind == "account-busy" else None)
        raise _told(kind, said, wait, is_unsure=trouble.leaves_open) from None


def _told(kind: str, said: Said, wait: int | None = None, *, is_unsure: bool = False) -> Problem:
    owner = "whoever connected it in Almoner" if said.owner == YOU else said.owner
    unsure = " It is not known whether the request had an effect." if is_unsure else ""
    return Problem(
        kind,
        f"{said.title}. {said.cause}{unsure}",
        f"{said.fix} Who can mend it: {owner}.",
        headers={"Retry-After": str(wait)} if wait else {},
    )
