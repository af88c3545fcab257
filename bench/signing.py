"""What it costs to sign a call to Jira Server: ``python -m bench.signing``.

Compared in one run, in turns: Authlib as it comes, which parses the private key for every request, and the
portal's session, which signs with a key object from its cache. The signature alone is the floor.
"""

import statistics
import time
from collections.abc import Callable

import requests
from authlib.integrations.requests_client import OAuth1Auth
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from portal.jira.addresses import AddressPolicy
from portal.jira.oauth1 import JiraOAuth1Session
from portal.jira.private_keys import load_trusted, make_key
from portal.jira.wire import Wire

ROUNDS = 7
CALLS = 40
URL = "https://jira.example.com/rest/api/2/myself"


def seconds_a_call(sign: Callable[[], object]) -> float:
    """Mean seconds of ``CALLS`` calls."""
    start = time.perf_counter()
    for _ in range(CALLS):
        sign()
    return (time.perf_counter() - start) / CALLS


def main() -> None:
    """Print each way's cost as a multiple of the bare signature: median of rounds, lowest and highest."""
    pair = make_key(2048)
    key = load_trusted(pair.pem, pair.fingerprint, 1)
    wire = Wire(AddressPolicy(()), frozenset(), "bench")
    request = requests.Request("GET", URL)

    def stock() -> None:
        auth = OAuth1Auth(
            "consumer", token="t", token_secret="s", signature_method="RSA-SHA1", rsa_key=pair.pem.reveal()
        )
        auth(request.prepare())

    def ours() -> None:
        trusted = load_trusted(pair.pem, pair.fingerprint, 1)
        session = JiraOAuth1Session("consumer", wire=wire, rsa_key=trusted)
        session.token = {"oauth_token": "t", "oauth_token_secret": "s"}
        session.auth(request.prepare())

    def bare() -> None:
        key.sign(b"base string", padding.PKCS1v15(), hashes.SHA1())

    ratios: dict[str, list[float]] = {"Authlib as it comes": [], "the portal": []}
    for _ in range(ROUNDS):
        floor = seconds_a_call(bare)
        ratios["Authlib as it comes"].append(seconds_a_call(stock) / floor)
        ratios["the portal"].append(seconds_a_call(ours) / floor)
    for name, seen in ratios.items():
        print(
            f"{name:<20} {statistics.median(seen):6.1f} x the signature ({min(seen):.1f} to {max(seen):.1f})"
        )


if __name__ == "__main__":
    main()
