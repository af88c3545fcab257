"""The closed list of what can go wrong between us and a Jira, and the exception that carries it."""

import re
import unicodedata
from enum import StrEnum

# Marks that turn the reading direction of the text around them; a name may not do that to our page.
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_BREAK = re.compile(r"[ \t\r\n]+")
_UNSHOWN = frozenset({"Cc", "Cs"})  # control characters and lone surrogates
_SHOWN = 200


class Code(StrEnum):
    """What came back instead of an answer. The catalogue of problems has a sentence for each."""

    ADDRESS_REFUSED = "address_refused"
    NAME_UNKNOWN = "name_unknown"
    UNREACHABLE = "unreachable"
    CONNECT_TIMEOUT = "connect_timeout"
    DEADLINE = "deadline"
    PROXY_FAILED = "proxy_failed"
    TLS_UNTRUSTED = "tls_untrusted"
    TLS_WRONG_HOST = "tls_wrong_host"
    TLS_EXPIRED = "tls_expired"
    TLS_OTHER = "tls_other"
    PLAIN_HTTP_REFUSED = "plain_http_refused"
    REDIRECTED = "redirected"
    HTML_INSTEAD_OF_JSON = "html_instead_of_json"
    NOT_JIRA = "not_jira"
    TOO_LARGE = "too_large"
    BROKEN_ANSWER = "broken_answer"
    SERVER_ERROR = "server_error"
    MAINTENANCE = "maintenance"
    RATE_LIMITED = "rate_limited"
    BAD_REQUEST = "bad_request"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    UNAUTHORIZED = "unauthorized"
    CAPTCHA = "captcha"
    ANONYMOUS = "anonymous"
    CONCURRENCY_CEILING = "concurrency_ceiling"
    READ_ONLY = "read_only"
    PORTAL_BUSY = "portal_busy"
    # Jira Cloud by OAuth 2.0.
    GRANT_REFUSED = "grant_refused"
    CLIENT_REFUSED = "client_refused"
    SCOPE_MISMATCH = "scope_mismatch"
    SITE_NOT_COVERED = "site_not_covered"
    POINTS_USED = "points_used"
    RENEWING = "renewing"
    GRANT_ENDED = "grant_ended"
    GRANT_ELSEWHERE = "grant_elsewhere"
    SCOPES_MISSING = "scopes_missing"
    SCOPES_EXTRA = "scopes_extra"
    NO_REFRESH_TOKEN = "no_refresh_token"  # noqa: S105
    # One for each oauth_problem, named as Jira names them.
    CONSUMER_KEY_UNKNOWN = "consumer_key_unknown"
    SIGNATURE_INVALID_URL = "signature_invalid_url"
    SIGNATURE_INVALID_KEY = "signature_invalid_key"
    SIGNATURE_INVALID = "signature_invalid"
    SIGNATURE_METHOD_REJECTED = "signature_method_rejected"
    TIMESTAMP_REFUSED = "timestamp_refused"
    NONCE_USED = "nonce_used"
    TOKEN_REJECTED = "token_rejected"  # noqa: S105
    TOKEN_EXPIRED = "token_expired"  # noqa: S105
    TOKEN_USED = "token_used"  # noqa: S105
    TOKEN_REVOKED = "token_revoked"  # noqa: S105
    PERMISSION_UNKNOWN = "permission_unknown"
    PERMISSION_DENIED = "permission_denied"
    PARAMETER_ABSENT = "parameter_absent"
    PARAMETER_REJECTED = "parameter_rejected"
    VERSION_REJECTED = "version_rejected"
    USER_UNKNOWN = "user_unknown"
    OAUTH_OTHER = "oauth_other"


_RETRYABLE = frozenset({
    Code.NAME_UNKNOWN, Code.UNREACHABLE, Code.CONNECT_TIMEOUT, Code.DEADLINE, Code.PROXY_FAILED,
    Code.SERVER_ERROR, Code.MAINTENANCE, Code.RATE_LIMITED, Code.CONCURRENCY_CEILING, Code.PORTAL_BUSY,
    Code.NONCE_USED, Code.POINTS_USED, Code.RENEWING,
})  # fmt: skip


class JiraTrouble(Exception):
    """A call to a Jira that did not give an answer we can use.

    ``code`` says what happened, ``evidence`` holds short texts that may be shown to a tenant admin (never a
    token, never a resolved address), ``retry_after`` is in seconds and set only where Jira asked for a pause.
    """

    def __init__(self, code: Code, *, retry_after: int | None = None, **evidence: object) -> None:
        self.code = code
        self.retry_after = retry_after
        given = {name: value for name, value in evidence.items() if value is not None}
        self.evidence = {name: clean(str(value), _SHOWN) for name, value in given.items()}
        super().__init__(str(self))

    @property
    def retryable(self) -> bool:
        """Whether the same call may succeed later without anybody changing anything."""
        return self.code in _RETRYABLE

    def __str__(self) -> str:
        shown = ", ".join(f"{name}: {value}" for name, value in self.evidence.items())
        return f"{self.code} ({shown})" if shown else str(self.code)


def clean(text: str, limit: int = 255) -> str:
    """``text`` on one line, without control and direction marks, at most ``limit`` characters (T16, T30)."""
    # Cut before cleaning as well: the work must not grow with what a hostile server sends.
    one_line = _BREAK.sub(" ", _BIDI.sub("", text[: limit * 4]))
    return "".join(c for c in one_line if unicodedata.category(c) not in _UNSHOWN).strip()[:limit].rstrip()
