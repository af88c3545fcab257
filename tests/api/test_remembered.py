"""What processes remember of keys and credentials is never what they serve once it was changed: from the
moment the page that changed it has answered, whichever process served that page."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
import requests

from portal import clock
from portal.programs.keys import READ_CREDENTIALS
from portal.start import prepare
from portal.store.tables import ProgramConsent
from tests.credentials.rotation import process_environment
from tests.support.databases import MAKERS
from tests.support.delivery_processes import Started, running
from tests.support.person import Person
from tests.support.portals import PRACTICE, Portal, make_app
from tests.support.programs import Key, program_key
from tests.support.relayed import _free_port, _wait_for
from tests.support.sandbox import SandboxProcess
from tests.support.tokens import TokenOffice, token_office

ROOT = Path(__file__).parents[2]
REQUESTS = 16  # enough for each of two processes to be asked


@dataclass(frozen=True)
class Apart:
    """Two installations on one database: ``served`` is where programs ask, ``portal`` where people work."""

    portal: Portal
    served: str

    def ask(self, key: Key, account_id: UUID, person: str | None = None) -> set[str]:
        """What programs are given, each on a connection of its own: tokens, and refusals by status."""
        url = f"{self.served}/api/v1/alm-accounts/{account_id}/credentials"
        headers = {**key.header, "Connection": "close"} | ({"Almoner-User": person} if person else {})
        answers = [requests.get(url, headers=headers, timeout=30) for _ in range(REQUESTS)]
        return {one.json()["headers"]["Authorization"] if one.ok else str(one.status_code) for one in answers}


@pytest.fixture(scope="module", params=list(MAKERS))
def apart(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apart]:
    """Both, under gunicorn, on each kind of database."""
    urls = [f"http://127.0.0.1:{_free_port()}" for _ in range(2)]
    with MAKERS[request.param](tmp_path_factory.mktemp("apart")) as database:
        more = {**PRACTICE, "worker_embedded": False}
        settings = [database.settings(base_url=url, **more) for url in urls]
        prepare(settings[0])
        portal = Portal(settings[1], make_app(settings[1]))
        gunicorn = ("gunicorn", "--config", "gunicorn.conf.py", "wsgi:app")
        with running(*(Started(one, *gunicorn) for one in settings)):
            for url in urls:
                _wait_for(url)
            yield Apart(portal, urls[0])
        portal.store.engine.dispose()


@dataclass(frozen=True)
class Story:
    """A key that was used so often that every process remembers it, and what it opens."""

    apart: Apart
    office: TokenOffice
    key: Key


def revoke(story: Story, admin: Person) -> None:
    """The key's page."""
    admin.get(story.office.tenant.path(f"programs/{story.key.id}/revoke"))
    admin.submit("Revoke the key")


def replace(story: Story, admin: Person) -> None:
    """The page that confirms another identity."""
    assert story.office.try_typed(None, story.office.typed("grace")).credential_id
    admin.get(story.office.path("identity"))
    admin.submit("Yes, use this identity and test it")


def suspend(story: Story, admin: Person) -> None:
    """The operator's command."""
    command = [sys.executable, "-m", "portal.cli", "suspend-tenant", story.office.tenant.slug]
    environment = process_environment(story.apart.portal.settings)
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)


def disconnect(story: Story, member: Person) -> None:
    """The profile page of the person whom the program acts as."""
    member.get(f"{story.office.mine}/disconnect")
    member.submit("Disconnect")


def disconnect_by_admin(story: Story, member: Person) -> None:
    """The page of connected people."""
    tenant = story.office.tenant
    admin = Person.of(story.apart.portal, tenant.admin)
    admin.session.hooks = member.session.hooks
    admin.get(story.office.path(f"people/{tenant.member.user_id}/disconnect"))
    admin.submit(f"Disconnect {tenant.member.name}")


OF_A_PERSON = (disconnect, disconnect_by_admin)


@pytest.mark.parametrize("change", [revoke, replace, suspend, *OF_A_PERSON])
def test_nobody_is_served_from_memory_once_the_page_has_answered(
    apart: Apart, sandbox: SandboxProcess, change: Callable[[Story, Person], None]
) -> None:
    tenant = apart.portal.world.tenant()
    office = token_office(apart.portal, sandbox, tenant)
    who = tenant.member if change in OF_A_PERSON else tenant.admin
    person = who.email if change in OF_A_PERSON else None
    if person:
        office.connect(who)
        consent = ProgramConsent(account_id=office.account_id, user_id=who.user_id, allowed_at=clock.now())
        with tenant.work(who).write() as session:
            session.add(consent)
    key = program_key(tenant, [office.account_id], operations=[READ_CREDENTIALS])
    before, after = apart.ask(key, office.account_id, person), set[str]()
    assert len(before) == 1 and next(iter(before)).startswith("Bearer ")
    assert apart.ask(key, office.account_id, person) == before

    def look(answer: requests.Response, **_: object) -> None:
        """At once: before the person goes on to the next page."""
        if answer.request.method == "POST":
            after.update(apart.ask(key, office.account_id, person))

    doer = Person.of(apart.portal, who)
    doer.session.hooks["response"].append(look)
    change(Story(apart, office, key), doer)
    after |= apart.ask(key, office.account_id, person)
    assert not before & after
