"""Tenants, keys and accounts with really sealed tokens, written in bulk.

A tenant has two keys: one for the accounts whose token is sent as it is (every other one a personal access
token, the rest OAuth 2.0), one for as many accounts by OAuth 1.0a. All sign by one RSA key, since making one
takes a tenth of a second, under a fingerprint of their own each: no cache takes them for the same.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from portal import clock
from portal.jira.private_keys import make_key
from portal.people.tokens import digest
from portal.programs.key_texts import new_text
from portal.programs.keys import READ_CREDENTIALS, READ_PROXY
from portal.programs.paths import PRESETS
from portal.store import sealing
from portal.store.adding import add_many
from portal.store.tables import (
    AlmAccount,
    Credential,
    Grant,
    OauthApp,
    ProgramKey,
    ProgramKeyAccount,
    SigningKey,
    Tenant,
)
from portal.store.work import OPERATOR, Store, Work

TENANTS = 1000
TOKEN_BYTES = 1000
NOBODY = UUID(int=1)
BEARER, SIGNED = "bearer", "signed"
Row = dict[str, Any]


class Seeder:
    """Writes the rows of one tenant after the other; ``stub`` is the address of every Jira."""

    def __init__(self, store: Store, stub: str, folder: Path) -> None:
        self._store, self._stub, self._folder = store, stub, folder
        self._key = make_key(2048)
        self._now = clock.now()

    def seed(self, accounts: int) -> None:
        """So many accounts of either sort. What wrk asks for is left in the folder: ``<id> <key>`` a line."""
        with (self._folder / BEARER).open("w") as bearer, (self._folder / SIGNED).open("w") as signed:
            for _ in range(TENANTS):
                for file, lines in zip((bearer, signed), self._tenant(accounts // TENANTS), strict=True):
                    file.writelines(f"{line}\n" for line in lines)

    def _tenant(self, accounts: int) -> tuple[list[str], list[str]]:
        tenant_id, slug = uuid4(), f"bench-{token_hex(6)}"
        with Work(self._store, tenant_id, OPERATOR).write() as session:
            session.add(Tenant(id=tenant_id, slug=slug, name=slug, created_at=self._now))
            session.flush()
            session.info["vault"].add_tenant_key(session, tenant_id)
            session.flush()
            rows = _Rows(session, tenant_id, self._now)
            return (
                rows.key(rows.bearer(accounts, self._stub)),
                rows.key(rows.signed(accounts, self._stub, self._key)),
            )


class _Rows:
    """The rows of one tenant."""

    def __init__(self, session: Session, tenant_id: UUID, now: datetime) -> None:
        self._session, self._tenant_id, self._now = session, tenant_id, now
        self._key_id, self._key = session.info["vault"].newest_key(session)
        app = {"id": uuid4(), "is_shared": False, "client_id": "bench", "client_secret": None}
        self._app_id = app["id"]
        self._add(OauthApp, [app | {"secret_set_at": now, "scopes": []}])

    def key(self, account_ids: list[UUID]) -> list[str]:
        """A key for these accounts; its lines for wrk."""
        key_id = uuid4()
        text = new_text(self._tenant_id, key_id)
        values: Row = {"id": key_id, "name": "bench", "token_hash": digest(text), "networks": []}
        values |= {"operations": [READ_CREDENTIALS, READ_PROXY], "paths": list(PRESETS), "made_by": NOBODY}
        ends = self._now + timedelta(days=90)
        values |= {"made_at": self._now, "ends_at": ends, "revoked_at": None, "last_used_at": None}
        self._add(ProgramKey, [values])
        self._add(ProgramKeyAccount, [{"key_id": key_id, "account_id": one} for one in account_ids])
        return [f"{one} {text.reveal()}" for one in account_ids]

    def bearer(self, count: int, stub: str) -> list[UUID]:
        """Accounts whose token is sent as it is."""
        ids = self._accounts("server_token", count, stub)
        grants = [self._grant() for _ in ids[1::2]]
        self._add(Grant, grants)
        own = [self._credential(one, "pat") for one in ids[::2]]
        by_grant = [
            self._credential(account_id, "oauth2") | {"grant_id": grant["id"], "access_token": None}
            for account_id, grant in zip(ids[1::2], grants, strict=True)
        ]
        self._add(Credential, own + by_grant)
        return ids

    def signed(self, count: int, stub: str, key: Any) -> list[UUID]:
        """Accounts whose requests are signed."""
        ids = self._accounts("server_oauth1", count, stub)
        self._add(SigningKey, [self._signing_key(one, key) for one in ids])
        self._add(Credential, [self._credential(one, "oauth1") for one in ids])
        return ids

    def _accounts(self, kind: str, count: int, stub: str) -> list[UUID]:
        same: Row = dict.fromkeys(("ca_pem", "tested_at", "server_info", "portal_url"))
        same |= {"kind": kind, "version": 1, "base_url": stub, "read_only": False, "max_concurrent": 16}
        same |= {"made_by": NOBODY, "created_at": self._now, "saved_at": self._now}
        rows = [same | {"id": uuid4(), "name": f"{kind} {number}"} for number in range(count)]
        self._add(AlmAccount, rows)
        return [row["id"] for row in rows]

    def _credential(self, account_id: UUID, method: str) -> Row:
        row: Row = dict.fromkeys(column.name for column in Credential.__table__.columns)
        row |= dict.fromkeys(("jira_key", "jira_name", "jira_display_name", "jira_email"), "bench")
        row |= {"id": uuid4(), "account_id": account_id, "method": method, "login": "", "state": "active"}
        row |= {"consumer_key": "bench", "connected_by": NOBODY, "connected_at": self._now}
        size = 32 if method == "oauth1" else TOKEN_BYTES  # Jira's OAuth 1.0a tokens are so long
        return row | {"access_token": self._sealed("credentials", row["id"], "access_token", token(size))}

    def _grant(self) -> Row:
        row: Row = dict.fromkeys(column.name for column in Grant.__table__.columns)
        row |= {"id": uuid4(), "app_id": self._app_id, "provider_account": token_hex(12), "state": "active"}
        row |= {"scopes": [], "sites": [], "generation": 1, "attempts": 0, "refreshed_at": self._now}
        row |= {"expires_at": self._now + timedelta(days=1)}
        return row | {"access_token": self._sealed("grants", row["id"], "access_token", token(TOKEN_BYTES))}

    def _signing_key(self, account_id: UUID, key: Any) -> Row:
        row: Row = {"id": uuid4(), "account_id": account_id, "stage": "current", "consumer_key": "bench"}
        row |= {"public_pem": key.public_pem, "fingerprint": f"SHA256:{token_hex(20)}", "bits": key.bits}
        row |= {"origin": "made", "made_by": NOBODY, "made_at": self._now}
        sealed = self._sealed("signing_keys", row["id"], "private_key", key.pem.reveal())
        return row | {"private_key": sealed}

    def _sealed(self, table: str, row_id: UUID, column: str, plain: str) -> bytes:
        where = sealing.place(self._tenant_id, table, str(row_id), column)
        return sealing.seal(self._key, self._key_id, where, plain.encode())

    def _add(self, table: Any, rows: list[Row]) -> None:
        if rows:
            add_many(self._session, table, rows)


def token(size: int) -> str:
    """Letters nobody guesses, nor compresses."""
    return token_hex(size // 2)


def bench_rows(folder: Path) -> Iterator[tuple[str, str]]:
    """What the bare app reads: a row for each account."""
    for line in (folder / BEARER).read_text("ascii").splitlines():
        yield line.partition(" ")[0], token(TOKEN_BYTES)
