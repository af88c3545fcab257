"""What Jira says when a credential will not do."""

from portal.jira.answers import Code

# Told in the audit, so that the state of the credential shows everywhere.
REFUSALS = frozenset(
    {
        Code.TOKEN_REJECTED,
        Code.TOKEN_EXPIRED,
        Code.TOKEN_REVOKED,
        Code.TOKEN_USED,
        Code.PERMISSION_DENIED,
        Code.USER_UNKNOWN,
        Code.UNAUTHORIZED,
        Code.ANONYMOUS,
        Code.TOKEN_REFUSED,
        Code.PAT_REFUSED,
        Code.PASSWORD_REFUSED,
        Code.BASIC_OFF,
        Code.CAPTCHA,
        Code.USER_DISABLED,
        Code.CONSUMER_KEY_UNKNOWN,
        Code.SIGNATURE_INVALID,
        Code.SIGNATURE_INVALID_KEY,
        Code.SIGNATURE_INVALID_URL,
    }
)
