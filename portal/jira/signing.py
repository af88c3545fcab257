"""The Authorization header of one request by OAuth 1.0a with RSA-SHA1 (RFC 5849, section 3).

For requests of programs, of which there may be thousands a second: Authlib takes three times as long around
the same signature. Consents and the portal's own calls go by Authlib (:mod:`portal.jira.oauth1`).
"""

import re
import secrets
import time
from urllib.parse import parse_qsl, urlsplit

from cryptography.hazmat.primitives.asymmetric import rsa

from portal.jira.oauth1 import signature
from portal.secret import Secret

_RESERVED = re.compile(rb"[^A-Za-z0-9._~-]")
_DEFAULT_PORTS = {"https": 443, "http": 80}


def oauth1_header(
    method: str,
    url: str,
    form: bytes,
    consumer_key: str,
    token: Secret,
    key: rsa.RSAPrivateKey,
    clock_offset: int = 0,
) -> str:
    """The header for a request to ``url`` exactly as it is sent, query included.

    ``form``: the body where it is ``application/x-www-form-urlencoded``, which is signed too (section
    3.4.1.3.1), else nothing. ``clock_offset``: seconds by which that Jira's clock is ahead of ours.
    """
    parts = urlsplit(url)
    own = {  # each as it is sent; what only we write needs no escaping
        "oauth_consumer_key": _escaped(consumer_key.encode().decode("latin-1")),
        "oauth_nonce": secrets.token_hex(16),
        "oauth_signature_method": "RSA-SHA1",
        "oauth_timestamp": str(int(time.time()) + clock_offset),
        "oauth_token": _escaped(token.reveal()),
        "oauth_version": "1.0",
    }
    # Byte by byte, whatever encoding it is: by Latin-1 each byte is a letter.
    sent = [*_pairs(parts.query), *_pairs(form.decode("latin-1"))]
    given = sorted([*own.items(), *((_escaped(name), _escaped(value)) for name, value in sent)])
    parameters = "&".join(f"{name}={value}" for name, value in given)
    uri = _base_uri(parts.scheme, parts.netloc, parts.path)
    base = f"{method.upper()}&{_escaped(uri)}&{_escaped(parameters)}"
    own["oauth_signature"] = _escaped(signature(key, base))
    return "OAuth " + ", ".join(f'{name}="{value}"' for name, value in own.items())


def _pairs(text: str) -> list[tuple[str, str]]:
    return parse_qsl(text, keep_blank_values=True, encoding="latin-1") if text else []


def _base_uri(scheme: str, authority: str, path: str) -> str:
    """Section 3.4.1.2: lower case, no default port, no query."""
    host, _, port = authority.lower().rpartition(":")
    is_default = host and port == str(_DEFAULT_PORTS[scheme])
    return f"{scheme}://{host if is_default else authority.lower()}{path}"


def _escaped(text: str) -> str:
    """Section 3.6: everything but letters, digits and four marks."""
    return _RESERVED.sub(lambda found: b"%%%02X" % ord(found[0]), text.encode("latin-1")).decode("ascii")
