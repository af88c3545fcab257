"""The way past Flask for what programs ask thousands of times a second (mission row E6).

Around a request Flask takes longer than all that is to be looked at and opened in it. So what is asked in the
plainest way, a GET of a credential or through the proxy without a body, is read from what WSGI tells. The
guards are those of every request of a program (:func:`~portal.web.program_access.admit`), the answers those
of the views. Whatever else is asked Flask serves, and whatever is met on the way Flask tells.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self
from urllib.parse import unquote_to_bytes, urlsplit
from uuid import UUID

from flask import Response

from portal.api import credentials, proxy
from portal.api.asked import Asked
from portal.api.door import JSON, PREFIX
from portal.api.proxy_answers import Short
from portal.programs.key_texts import ANYWHERE
from portal.programs.keys import READ_CREDENTIALS, READ_PROXY
from portal.web.headers import on_every_answer
from portal.web.place import Services
from portal.web.program_access import admit, work_of
from portal.web.requests import MET, Began, Met, note

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_ACCOUNT = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_ADDRESS = re.compile(rf"{PREFIX}/alm-accounts/({_ACCOUNT})/(credentials\Z|proxy/(?=[^/]))")
_account_id = lru_cache(maxsize=16_384)(UUID)


class _View(NamedTuple):
    operation: str
    rule: str
    answer: Callable[[Asked, UUID], Short | Response]


def _given(asked: Asked, account_id: UUID) -> Short:
    return Short(credentials.given(asked, account_id).encode(), 200, [("Content-Type", JSON)])


def _relayed(asked: Asked, account_id: UUID) -> Short | Response:
    return proxy.relayed(asked, account_id, lambda: (b"", 0))


_RULE = f"{PREFIX}/alm-accounts/<uuid:account_id>/"
_VIEWS = {
    "credentials": _View(READ_CREDENTIALS, f"{_RULE}credentials", _given),
    "proxy/": _View(READ_PROXY, f"{_RULE}proxy/<path:jira_path>", _relayed),
}


class Lane:
    """A WSGI application in front of another, which is Flask's."""

    def __init__(self, flask: "WSGIApplication", services: Services) -> None:
        self._flask = flask
        self._services = services
        self._host = urlsplit(services.settings.base_url).netloc
        self._everywhere = [("Cache-Control", "no-store"), *on_every_answer(https=services.settings.https)]

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Serve the request, here or by Flask."""
        found = _ADDRESS.match(environ.get("PATH_INFO", ""))
        if found is None or not self._is_plain(environ, found[2]):
            return self._flask(environ, start_response)
        view, began, trying = _VIEWS[found[2]], Began(), _Trying()
        with trying:
            answer = self._signed(self._answer(environ, view, _account_id(found[1]), began), began.request_id)
        if trying.error is not None:
            environ[MET] = Met(began, trying.error)
            return self._flask(environ, start_response)
        # From here on nobody else may answer, or it would be noted twice.
        note(began, "GET", view.rule, answer.status if isinstance(answer, Short) else answer.status_code)
        return _sent(environ, start_response, answer)

    def _is_plain(self, environ: "WSGIEnvironment", which: str) -> bool:
        """Whether it is asked by the portal's name, without a body and without a key in the address."""
        query = environ.get("QUERY_STRING", "")
        return (
            environ["REQUEST_METHOD"] == "GET"
            and environ.get("HTTP_HOST") == self._host
            and environ.get("CONTENT_LENGTH", "") in ("", "0")
            and "HTTP_TRANSFER_ENCODING" not in environ
            and not environ.get("SCRIPT_NAME")
            and not (query and which == "credentials")
            and not ANYWHERE.search(f"{environ['PATH_INFO']}?".encode() + unquote_to_bytes(query))
        )

    def _answer(
        self, environ: "WSGIEnvironment", view: _View, account_id: UUID, began: Began
    ) -> Short | Response:
        sent, address = environ.get("HTTP_AUTHORIZATION", ""), environ.get("REMOTE_ADDR", "")
        program = admit(self._services.programs, view.operation, sent, address, account_id)
        work = work_of(self._services.store, program, began.request_id)
        return view.answer(Asked(environ, self._services, program, work), account_id)

    def _signed(self, answer: Short | Response, request_id: str) -> Short | Response:
        """The answer with the headers that each has, ready to be sent; a plain one stays :class:`Short`.

        What is answered here has none of them by itself, so nothing is looked for.
        """
        own = [("X-Request-Id", request_id), *self._everywhere]
        if isinstance(answer, Short) and answer.status == 200:
            length = ("Content-Length", str(len(answer.body)))
            return answer._replace(headers=[*answer.headers, length, *own])
        response = answer.response() if isinstance(answer, Short) else answer
        response.headers.extend(own)
        return response


class _Trying:
    """Keeps what was raised inside, in ``error``: whatever it is, Flask has an answer to it.

    A context in the place of ``except Exception``, which the linters forbid everywhere: here nothing is
    swallowed, since Flask raises it again.
    """

    error: Exception | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        self.error = error
        return True


def _sent(
    environ: "WSGIEnvironment", start_response: "StartResponse", answer: Short | Response
) -> Iterable[bytes]:
    if isinstance(answer, Short):
        start_response("200 OK", answer.headers)
        return [answer.body]
    try:
        return answer(environ, start_response)
    except BaseException:
        answer.close()  # what it holds is given back: nobody is going to read it
        raise
