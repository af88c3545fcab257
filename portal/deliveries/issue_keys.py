"""Keys of issues in the name of a branch or in a message.

Taken is what a key in Jira Cloud looks like: a capital letter, one to nine more capitals or digits, a hyphen,
a number that does not begin with 0; in capitals only, since ``fix-12`` is everybody's branch. No letter or
digit of any alphabet stands beside it; ``/``, ``_``, ``-``, ``#`` and brackets may: ``feature/ABC-12_x``,
``[ABC-12]``, ``HOTFIX-ABC-12``. Left out are names of standards that look like keys, whatever their number:
UTF-8, SHA-256, SHA3-256, ISO-8601, RFC-3339, CVE-2026-1234. Whose project has such a name names its issues.
"""

import re

_KEY = re.compile(r"(?<![^\W_])([A-Z][A-Z0-9]{1,9})-[1-9][0-9]{0,9}(?![^\W_])")
_STANDARDS = frozenset({
    "AES", "AMD", "ARM", "BASE", "CP", "CRC", "CVE", "CWE", "ECDSA", "FIPS", "GHSA", "HMAC", "HTTP", "IEC",
    "IEEE", "ISO", "JSR", "LATIN", "MD", "PEP", "RFC", "RSA", "SHA", "SSL", "TLS", "UCS", "UTF", "X",
})  # fmt: skip


def found_in(*texts: str) -> tuple[str, ...]:
    """The keys in ``texts``, each once, in their order."""
    found = (match for text in texts for match in _KEY.finditer(text))
    return tuple(dict.fromkeys(one[0] for one in found if one[1].rstrip("0123456789") not in _STANDARDS))
