"""The host that a problem speaks of, with its port where that is not the usual one."""

from dataclasses import replace

from portal.checklist.calls import Calls
from portal.checklist.checks.way import hosts
from portal.checklist.outcome import Outcome
from portal.checklist.row import Row

# What an operator lists, a name server knows and a certificate is for has no port.
_OF_HOSTS = frozenset({"address", "name", "tls"})


def with_port(row: Row, calls: Calls, outcome: Outcome) -> Outcome:
    """An outcome with the port of the host its problem speaks of.

    As it is where the port is the usual one, and where the account calls several ports of that host: nobody
    knows then which is meant.
    """
    base, named = calls.scene.base_url, outcome.evidence.get("host")
    if row.name in _OF_HOSTS or outcome.code is None or base is None:
        return outcome
    # A problem that names none speaks of the account's own.
    meant = [one for one in hosts(calls) if one.host == named] if named else [base]
    shown = meant[0].origin.partition("://")[2] if len(meant) == 1 else named
    if shown is None or shown in (named, base.host):
        return outcome
    return replace(outcome, evidence={**outcome.evidence, "host": shown})
