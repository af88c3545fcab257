"""Structured logs: one JSON line per event on standard error, with the request's id and without secrets.

Values that look like a secret are replaced wherever they stand; the OAuth and HTTP libraries, which
print tokens when they debug, are held at WARNING whatever level is set.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
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
    r"|(?i:oauth_\w+|token|secret|password|authorization|cookie|code|verifier)[\"']?\s*[=:]\s*[\"']?[^\s&\"',;]+"
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


def set_up_logs(level: str) -> None:
    """Send everything the process logs through one handler that writes JSON."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _redact_event,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
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
