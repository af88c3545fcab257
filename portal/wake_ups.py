"""Where a wake-up goes that tells a thread of the worker to look for what is due: a file, or Redis."""

import hashlib
import hmac

from huey import Huey, RedisHuey, SqliteHuey
from huey.exceptions import ConfigurationError
from huey.serializer import SignedSerializer

from portal.config import Settings
from portal.errors import StartRefused
from portal.store.vault import Vault
from portal.store.work import Store

QUEUE_AWAY: tuple[type[Exception], ...] = (OSError,)
try:
    from redis.exceptions import RedisError
except ImportError:  # an extra: only a queue in Redis needs it
    pass
else:
    QUEUE_AWAY += (RedisError,)


class _Signed(SignedSerializer):  # type: ignore[misc]  # huey has no types
    """Signs by the newest root key and opens by all, as the ring of this process is at that moment."""

    def __init__(self, vault: Vault) -> None:
        super().__init__(secret=vault.derive("queue")[0])
        self._vault = vault

    def _signature(self, message: bytes, secret: bytes | None = None) -> bytes:
        key = hashlib.sha256(self.salt + (secret or self._vault.derive("queue")[0])).digest()
        return hmac.digest(key, message, hashlib.sha256).hex().encode()

    def _unsign(self, signed: bytes) -> bytes:
        message, _, given = signed.rpartition(self.separator)
        for secret in self._vault.derive("queue"):
            if hmac.compare_digest(given, self._signature(message, secret)):
                return message
        raise ValueError("a wake-up that none of this portal's keys has signed")


def make_queue(settings: Settings, store: Store) -> Huey:
    """Where wake-ups go: a file of this machine, or Redis. Signed: what Huey reads, it executes."""
    serializer = _Signed(store.vault)
    try:
        if settings.queue_url:
            return RedisHuey("almoner", results=False, serializer=serializer, url=settings.queue_url)
        path = settings.instance / "queue.db"
        return SqliteHuey("almoner", results=False, serializer=serializer, filename=str(path))
    except ConfigurationError:
        raise StartRefused(
            "ALMONER_QUEUE_URL names a Redis, and the package to speak with it is missing. "
            'Run: pip install -c constraints.txt -e ".[redis]"'
        ) from None
