"""TLS contexts: always verified, with the public authorities or with one account's own."""

import ssl
from functools import cache

import certifi

from portal.jira.connections import TimedTLSSocket

_MAX_CA_TEXT = 64 * 1024


class CaRefused(Exception):
    """The pasted certificates cannot be used; the text says why and what to paste instead."""


def tls_context(ca_pem: str | None) -> ssl.SSLContext:
    """A verifying client context: public authorities, or only those in ``ca_pem`` when given.

    Raises CaRefused when ``ca_pem`` holds no certificate.
    """
    return _public_context() if ca_pem is None else _timed(_private_context(ca_pem))


def looking_context() -> ssl.SSLContext:
    """A context that takes any certificate. Only to read which one is presented: nothing is sent over it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return _timed(context)


@cache
def _public_context() -> ssl.SSLContext:
    """One for all: reading the public authorities takes a tenth of a second, more than most calls."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return _timed(context)


def _timed(context: ssl.SSLContext) -> ssl.SSLContext:
    context.sslsocket_class = TimedTLSSocket
    return context


def _private_context(ca_pem: str) -> ssl.SSLContext:
    if len(ca_pem) > _MAX_CA_TEXT:
        raise CaRefused("This is too long to be a certificate. Paste only the certificate of your authority.")
    try:
        # The check matters: of an empty text Python makes a context that trusts the public authorities.
        context = ssl.create_default_context(cadata=ca_pem) if ca_pem.strip() else None
    except (ssl.SSLError, ValueError, TypeError):  # the last where a letter is not ASCII
        context = None
    if context is None:
        raise CaRefused(
            "This is not a certificate in PEM form. Paste the text from -----BEGIN CERTIFICATE----- to"
            " -----END CERTIFICATE-----, of the authority that signed the certificate of your Jira."
        )
    # A self-signed Jira certificate, or an authority below the root, may be what the account trusts.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    # Python 3.13 turns on checks that many in-house authorities fail though they are trusted by name here.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context
