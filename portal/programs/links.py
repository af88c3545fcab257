"""Links in what Jira answers, by which programs go on: they lead to Jira, and have to lead through here.

Clients follow ``self``, ``next…`` and ``content`` (an attachment's), and the header ``Location``. These are
changed where they begin with that Jira's own address, and nothing else is: what people wrote stays as it is.
"""

import re
from collections.abc import Sequence
from io import BytesIO

LONGEST_JSON = 4 * 1024 * 1024  # bytes; in a longer answer links stay as they are
LONGEST_REWRITTEN = 2 * LONGEST_JSON
# A member of one of these names whose value is a text without escapes. Inside a text every quote is escaped,
# so nothing there looks like it.
_LINK = re.compile(rb'(?<![^{,\s])("(?:self|content|next[A-Za-z]*)"\s*:\s*")(https?://[^"\\]*)(?=")')


def rewrite(body: bytes, bases: Sequence[str], here: str) -> bytes:
    """JSON with the links that lead to one of ``bases`` leading to ``here`` instead.

    It stays as it is where that would make it far longer: then it is little but links. They are changed one
    by one, since a list of all pieces takes tens of MiB.
    """
    if not any(base.encode() in body for base in bases):
        return body
    written, done = BytesIO(), 0
    for found in _LINK.finditer(body):
        written.write(body[done : found.start()])
        written.write(found[1] + moved(found[2].decode("latin-1"), bases, here).encode("latin-1"))
        done = found.end()
        if written.tell() > LONGEST_REWRITTEN:
            return body
    written.write(body[done:])
    return written.getvalue()


def moved(link: str, bases: Sequence[str], here: str) -> str:
    """A link that leads to one of ``bases``, leading to ``here`` instead; any other as it is."""
    for base in bases:
        if link.startswith(base) and link[len(base) : len(base) + 1] in ("", "/", "?"):
            return here + link[len(base) :]
    return link


def location(value: str, bases: Sequence[str], path: str, here: str) -> str:
    """The header ``Location``; one without a host is of that Jira, whose base URL has this ``path``."""
    if value.startswith("/") and not value.startswith("//"):
        return here + value[len(path) :] if _is_below(value, path) else value
    return moved(value, bases, here)


def _is_below(value: str, path: str) -> bool:
    return value.startswith(path + "/")
