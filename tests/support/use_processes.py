"""A process of the portal that uses credentials: ``python -m tests.support.use_processes``.

Its arguments say how, in which tenant and of which account. ``end``: takes three uses and a fork that takes
two, and both end by themselves. ``go_on``: takes one every few milliseconds until it is killed, and prints
the number of each as soon as it is taken; ``calls`` of a use is its number.
"""

import os
import subprocess
import sys
import time
from itertools import count
from uuid import UUID

from portal.audit.uses import Ledger
from portal.config import Settings, read_settings
from portal.start import open_store
from portal.store.work import OPERATOR, Work
from tests.credentials.rotation import process_environment

EVERY_SECONDS = 0.005
HOLDER = UUID(int=7)


def begin(settings: Settings, how: str, tenant_id: UUID, account_id: UUID) -> "subprocess.Popen[str]":
    """Start one."""
    command = [sys.executable, "-m", "tests.support.use_processes", how, str(tenant_id), str(account_id)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, bufsize=1, env=process_environment(settings)
    )


def _take(ledger: Ledger, work: Work, account_id: UUID, number: int) -> None:
    ledger.take(work, account_id=account_id, credential_id=HOLDER, holder_id=HOLDER, calls=number, code=None)


def main(how: str, tenant: str, account: str) -> None:
    """Do what was asked."""
    store, ledger, account_id = open_store(read_settings()), Ledger(), UUID(account)
    work = Work(store, UUID(tenant), OPERATOR)
    if how == "end":
        for number in (1, 2, 3):
            _take(ledger, work, account_id, number)
        store.engine.dispose()  # what is open may not be shared with a fork
        if os.fork() == 0:
            store.engine.dispose(close=False)
            _take(ledger, work, account_id, 11)
            _take(ledger, work, account_id, 12)
        else:
            os.wait()
        return
    for number in count(1):
        _take(ledger, work, account_id, number)
        print(number, flush=True)
        time.sleep(EVERY_SECONDS)


if __name__ == "__main__":
    main(*sys.argv[1:])
