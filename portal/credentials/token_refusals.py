"""What a refusal means for a token or password: Jira says of all of them only that nobody is signed in, and
of scopes only that they do not match, as of those of a consent."""

from collections.abc import Iterator
from contextlib import contextmanager

from portal.jira.answers import Code, JiraTrouble
from portal.kinds.methods import API_TOKEN, PASSWORD, PAT, SCOPED_TOKEN

# What a wrong one is answered with: by status, or as if nobody had signed in.
REFUSED = frozenset({Code.UNAUTHORIZED, Code.ANONYMOUS})
NAMED = {
    API_TOKEN: Code.TOKEN_REFUSED,
    SCOPED_TOKEN: Code.TOKEN_REFUSED,
    PAT: Code.PAT_REFUSED,
    PASSWORD: Code.PASSWORD_REFUSED,
}


def told_as(code: Code, trouble: JiraTrouble) -> JiraTrouble:
    """The same trouble by a name that says more."""
    named = JiraTrouble(code, retry_after=trouble.retry_after)
    named.evidence.update(trouble.evidence)
    return named


@contextmanager
def named_by(method: str) -> Iterator[None]:
    """Name a refusal by what was sent. What other methods meet has a name of its own already."""
    try:
        yield
    except JiraTrouble as trouble:
        if trouble.code in REFUSED and method in NAMED:
            raise told_as(NAMED[method], trouble) from None
        if trouble.code is Code.SCOPE_MISMATCH and method == SCOPED_TOKEN:
            raise told_as(Code.TOKEN_LACKS_SCOPE, trouble) from None
        raise
