"""Program keys for tests, and calls of the door for programs."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import requests
from requests import Response
from sqlalchemy import update
from werkzeug.test import TestResponse

from portal import clock
from portal.people.tokens import digest
from portal.programs.key_texts import new_text
from portal.programs.keys import WRITE_DELIVERIES
from portal.store.tables import ProgramKey, ProgramKeyAccount
from portal.store.work import OPERATOR, Work
from portal.web.program_problems import TYPES
from tests.support import canaries
from tests.support.portals import Portal
from tests.support.world import TenantWorld


@dataclass(frozen=True)
class Key:
    """A key and its text."""

    tenant: TenantWorld
    id: UUID
    text: str

    @property
    def header(self) -> dict[str, str]:
        """What a program sends with it."""
        return {"Authorization": f"Bearer {self.text}"}

    def change(self, **values: Any) -> "Key":
        """The same key with other values in its row."""
        with Work(self.tenant.store, self.tenant.id, OPERATOR).write() as session:
            session.execute(update(ProgramKey).where(ProgramKey.id == self.id).values(**values))
        return self


def program_key(
    tenant: TenantWorld, account_ids: Iterable[UUID] = (), name: str = "Jenkins", **columns: Any
) -> Key:
    """A key of the tenant for these accounts, live for 90 days unless ``columns`` say otherwise."""
    key_id, now = uuid4(), clock.now()
    text = new_text(tenant.id, key_id)
    values: dict[str, Any] = {
        "name": name,
        "token_hash": digest(text),
        "operations": [WRITE_DELIVERIES],
        "made_by": tenant.admin.user_id,
        "made_at": now,
        "ends_at": now + timedelta(days=90),
    }
    with Work(tenant.store, tenant.id, OPERATOR).write() as session:
        session.add(ProgramKey(id=key_id, **(values | columns)))
        session.flush()
        session.add_all(ProgramKeyAccount(key_id=key_id, account_id=one) for one in account_ids)
    canaries.add(text.reveal()[-38:])  # its secret, which stands nowhere without the rest either
    return Key(tenant, key_id, canaries.add(text.reveal()))


def send(portal: Portal, method: str, path: str, key: Key | None = None, **more: Any) -> Response:
    """A request of a program to ``/api/v1/…`` over HTTP."""
    headers = {**(key.header if key else {}), **more.pop("headers", {})}
    url = f"{portal.base_url}/api/v1/{path}"
    return requests.request(method, url, headers=headers, timeout=30, allow_redirects=False, **more)


def assert_problem(answer: Response | TestResponse, status: int, title: str) -> dict[str, Any]:
    """The answer is a problem document of this status and title that says what to do, and nothing else."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Almoner-Answer"] == "almoner"
    assert "Set-Cookie" not in answer.headers
    told: dict[str, Any] = json.loads(answer.text)
    assert (told["status"], told["title"]) == (status, title)
    assert told["request_id"] == answer.headers["X-Request-Id"]
    assert TYPES[told["type"].rpartition("/problems#")[2]].title == title
    assert told["detail"]
    assert told["remedy"]
    canaries.assert_none_in(answer.text, "a problem document")
    return told
