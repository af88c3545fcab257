"""Mail: queued in the transaction that makes it necessary, sent by the worker, each message once."""

from portal.mail.outbox import is_on, link, queue, undelivered, was_queued

__all__ = ["is_on", "link", "queue", "undelivered", "was_queued"]
