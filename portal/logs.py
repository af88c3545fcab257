"""Structured logs: one JSON line per event on standard error, with the request's id and without secrets.

Values that look like a secret are replaced wherever they stand; the OAuth and HTTP libraries, which
print tokens when they debug, are held at WARNING whatever level is set.
"""

import json
import logging
import re
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache, partialmethod
from typing import Any

import structlog

# They log request tokens, verifiers and URLs at DEBUG; Alembic says hello whenever the version is asked.
TALKATIVE = (
    "alembic",
    "authlib",
    "oauthlib",
    "requests_oauthlib",
    "urllib3",
    "requests",
    "httpx",
    "werkzeug",
)

SECRET_SHAPES = re.compile(
    r"-----BEGIN [^-]*-----.*?(?:-----END [^-]*-----|$)"
    r"|(?i:cookie)[\"']?\s*[=:][^\n]+"  # several, each with a name of its own
    r"|(?i:oauth_\w+|token|secret|password|authorization|code|verifier)[\"']?\s*[=:]\s*"
    r"(?:\"[^\"\n]*\"|'[^'\n]*'|[\"']?(?:(?i:Bearer|Basic|OAuth)\s+)?[^\s&\"',;]+)"
    r"|\b(?:Bearer|Basic|OAuth)\s+\S+"
    r"|\beyJ[\w-]+\.[\w-]+\.[\w-]*",
    re.DOTALL,
)


def redact(text: str) -> str:
    """``text`` with everything that looks like a secret replaced by stars."""
    return SECRET_SHAPES.sub("***", text)


def _redact_event(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: redact(value) if isinstance(value, str) else value for key, value in event.items()}


class _NotTalkative(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= logging.WARNING or record.name.split(".")[0] not in TALKATIVE


class _Lines:
    """A logger that is told whole lines: they go to where the handler writes, past its bookkeeping, which
    takes as long as everything else in the log line of a request."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._known = logging.getLogger(name)

    def _write(self, line: str, level: int) -> None:
        handler: Any = logging.getLogger().handlers[0]
        if self._known.isEnabledFor(level):
            with handler.lock, suppress(OSError, ValueError):  # whoever reads it may be gone
                handler.stream.write(line + "\n")
                handler.stream.flush()

    debug = partialmethod(_write, level=logging.DEBUG)
    info = partialmethod(_write, level=logging.INFO)
    warning = partialmethod(_write, level=logging.WARNING)
    error = exception = partialmethod(_write, level=logging.ERROR)


_requests = _Lines("almoner.request")


def request_line(request_id: str, method: str, rule: str | None, status: int, seconds: float) -> None:
    """The line of a request that was answered, as the chain of processors below would make it of these: there
    is one for each request, and nothing in it but the method can hold a secret."""
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    _requests.info(
        f'{{{_asked(method, rule)}, "status": {status}, "seconds": {seconds}, "event": "request", '
        f'"request_id": "{request_id}", "level": "info", "logger": "almoner.request", "timestamp": "{now}"}}'
    )


@lru_cache(maxsize=1024)
def _asked(method: str, rule: str | None) -> str:
    return json.dumps({"method": redact(method), "rule": rule})[1:-1]


def set_up_logs(level: str) -> None:
    """Send everything the process logs to one place, as JSON."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.format_exc_info,
        _redact_event,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        logger_factory=_Lines,
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_NotTalkative())
    render: list[Any] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.JSONRenderer(),
    ]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=render))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
