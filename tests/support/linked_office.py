"""Fixtures of several folders: an office with a linked account, and the people of the tenant signed in."""

from collections.abc import Callable

import pytest

from tests.support.office import Office, make_office
from tests.support.person import Person
from tests.support.portals import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.world import Someone, TenantWorld


@pytest.fixture
def office(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> Office:
    return make_office(portal, sandbox, tenant)


@pytest.fixture
def member(tenant: TenantWorld, sign_in: Callable[[Someone], Person]) -> Person:
    return sign_in(tenant.member)


@pytest.fixture
def admin(tenant: TenantWorld, sign_in: Callable[[Someone], Person]) -> Person:
    return sign_in(tenant.admin)
