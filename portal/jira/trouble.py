"""The closed list of what can go wrong between us and a Jira, and the exception that carries it."""

import re
from collections.abc import Mapping
from enum import StrEnum

from portal.visible import without_hidden

_BREAKS = str.maketrans(dict.fromkeys("\t\r\n\u2028\u2029", " "))
_BLANKS = re.compile(" {2,}")
# A credential in the words of a server, whosever it is: the last wall behind :mod:`portal.jira.said`.
_CREDENTIAL = re.compile(
    r"\b(Basic|Bearer|OAuth)((?:[\s:=\"'+]|%20){1,8})([\w.~+/%-]{8,}={0,2})", re.IGNORECASE
)
_TOKEN = re.compile(r"[0-9=]|\B(?=\w*[A-Z])\w*[a-z]")
_SIGNED = re.compile(
    r"oauth_(?:callback|consumer_key|nonce|signature|signature_method|timestamp|token|verifier|version)"
    r"(?:=|%3D|%253D).*",
    re.IGNORECASE | re.DOTALL,
)
_SHOWN = 200
_LOOKED_AT = 64 * 1024


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
    PROXY_PAGE = "proxy_page"
    MAINTENANCE = "maintenance"
    RATE_LIMITED = "rate_limited"
    BAD_REQUEST = "bad_request"
    TOO_MUCH = "too_much"
    FORBIDDEN = "forbidden"
    IP_NOT_ALLOWED = "ip_not_allowed"
    NOT_FOUND = "not_found"
    UNAUTHORIZED = "unauthorized"
    CAPTCHA = "captcha"
    ANONYMOUS = "anonymous"
    CONCURRENCY_CEILING = "concurrency_ceiling"
    READ_ONLY = "read_only"
    # Jira Cloud by OAuth 2.0.
    GRANT_REFUSED = "grant_refused"
    CLIENT_REFUSED = "client_refused"
    SCOPE_MISMATCH = "scope_mismatch"
    SITE_NOT_COVERED = "site_not_covered"
    POINTS_USED = "points_used"
    QUOTA_SPENT = "quota_spent"
    RENEWING = "renewing"
    RENEWED = "renewed"
    GRANT_ENDED = "grant_ended"
    CODE_REFUSED = "code_refused"  # by a Jira Data Center, of a consent
    GRANT_ELSEWHERE = "grant_elsewhere"
    SCOPES_MISSING = "scopes_missing"
    SCOPES_EXTRA = "scopes_extra"
    NO_REFRESH_TOKEN = "no_refresh_token"  # noqa: S105
    # With a secret that somebody made in Jira: an API token, a personal access token, a password.
    BASIC_OFF = "basic_off"
    USER_DISABLED = "user_disabled"
    TOKEN_REFUSED = "token_refused"  # noqa: S105
    CLASSIC_TOKEN = "classic_token"  # noqa: S105
    TOKEN_LACKS_SCOPE = "token_lacks_scope"  # noqa: S105
    TOKEN_LACKS_IDENTITY = "token_lacks_identity"  # noqa: S105
    PAT_REFUSED = "pat_refused"
    PASSWORD_REFUSED = "password_refused"  # noqa: S105
    TRIED_TOO_OFTEN = "tried_too_often"
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
    Code.SERVER_ERROR, Code.PROXY_PAGE, Code.MAINTENANCE, Code.RATE_LIMITED, Code.CONCURRENCY_CEILING,
    Code.NONCE_USED, Code.POINTS_USED, Code.QUOTA_SPENT, Code.RENEWING, Code.RENEWED,
})  # fmt: skip
# The request may have reached Jira, and what came back does not say what became of it. A nonce is used where
# something on the way sent the request twice: the first may have been taken.
_OPEN = frozenset({
    Code.UNREACHABLE, Code.DEADLINE, Code.PROXY_FAILED, Code.TLS_OTHER, Code.SERVER_ERROR, Code.PROXY_PAGE,
    Code.MAINTENANCE, Code.BROKEN_ANSWER, Code.HTML_INSTEAD_OF_JSON, Code.TOO_LARGE, Code.REDIRECTED,
    Code.NONCE_USED,
})  # fmt: skip


class JiraTrouble(Exception):
    """A call to a Jira that did not give an answer we can use.

    ``code`` says what happened, ``evidence`` holds short texts that may be shown to a tenant admin (never a
    token, never a resolved address), ``retry_after`` is in seconds and set only where Jira asked for a pause.
    ``fields`` are Jira's own sentences about what was sent, by the name of the field.
    ``may_have_changed``: a change met it; whether that may have been made, ``leaves_open`` judges.
    """

    def __init__(
        self,
        code: Code,
        *,
        retry_after: int | None = None,
        fields: Mapping[str, str] | None = None,
        may_have_changed: bool = False,
        **evidence: object,
    ) -> None:
        self.code = code
        self.retry_after = retry_after
        self.may_have_changed = may_have_changed
        self.is_of_renewal = False  # met while a token was renewed, after the call itself was refused
        self.fields = {
            clean(name, _SHOWN): clean(_masked(sentence), _SHOWN) for name, sentence in (fields or {}).items()
        }
        given = {name: value for name, value in evidence.items() if value is not None}
        self.evidence = {name: clean(_masked(str(value)), _SHOWN) for name, value in given.items()}
        super().__init__(str(self))

    @property
    def retryable(self) -> bool:
        """Whether the same call may succeed later without anybody changing anything."""
        return self.code in _RETRYABLE

    @property
    def leaves_open(self) -> bool:
        """Whether Jira may have made the change: its status says so, or nothing says the contrary."""
        is_taken = self.evidence.get("status", "").startswith("2")
        return self.may_have_changed and (is_taken or self.code in _OPEN)

    def __str__(self) -> str:
        shown = ", ".join(f"{name}: {value}" for name, value in self.evidence.items())
        return f"{self.code} ({shown})" if shown else str(self.code)


def _masked(text: str) -> str:
    """``text`` without what looks like a token behind the name of a scheme; “Basic authentication” stays."""
    text = _SIGNED.sub("…", text[:_LOOKED_AT])
    return _CREDENTIAL.sub(lambda m: f"{m[1]}{m[2]}…" if _TOKEN.search(m[3]) else m[0], text)


def clean(text: str, limit: int = 255) -> str:
    """``text`` on one line, without what is hidden, at most ``limit`` characters (T16, T30)."""
    if len(text) <= limit and text.isascii() and text.isprintable():
        return text.strip()
    # Cut before cleaning as well: the work must not grow with what a hostile server sends.
    one_line = without_hidden(text[: limit * 4].translate(_BREAKS))
    return _BLANKS.sub(" ", one_line).strip()[:limit].rstrip()
