"""RSA key pairs for tests: a dozen, made once and handed out in turn.

One takes as long to make as three pages, and what is tested with it asks only that it be another one than
the key before. How keys are made is tested in ``tests/jira/test_private_keys.py``, by what comes of it.
"""

import threading
from collections import defaultdict, deque
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

PAIRS = 12  # of each size; far more than one test needs at a time

_make = rsa.generate_private_key
_lock = threading.Lock()
_made: defaultdict[tuple[int, int], deque[RSAPrivateKey]] = defaultdict(deque)


def hand_out() -> None:
    """From now on ``rsa.generate_private_key`` hands out the pair that was used longest ago."""
    rsa.generate_private_key = _next_pair


def _next_pair(public_exponent: int, key_size: int, backend: Any = None) -> RSAPrivateKey:
    with _lock:
        pairs = _made[public_exponent, key_size]
        pairs.append(pairs.popleft() if len(pairs) == PAIRS else _make(public_exponent, key_size))
        return pairs[-1]
