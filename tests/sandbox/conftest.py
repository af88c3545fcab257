"""One practice Jira for all tests of it, put back before each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.client import KEY, PracticeClient
from tests.sandbox.cloud_client import CloudClient
from tests.support.sandbox import SandboxProcess


@pytest.fixture(scope="session")
def process() -> Iterator[SandboxProcess]:
    with SandboxProcess() as running:
        yield running


@pytest.fixture
def sandbox(process: SandboxProcess) -> SandboxProcess:
    process.reset()
    return process


@pytest.fixture
def client(sandbox: SandboxProcess) -> PracticeClient:
    """A client whose consumer is registered in the sandbox."""
    sandbox.make_link("almoner-key", KEY.public_pem)
    return PracticeClient(sandbox, "almoner-key", KEY)


@pytest.fixture
def cloud(sandbox: SandboxProcess) -> CloudClient:
    """A shared app of the Cloud side with every scope boards want."""
    return CloudClient(sandbox)
