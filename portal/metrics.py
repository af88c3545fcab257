"""What this installation counts for Prometheus: by rule, kind, event and outcome, never by tenant, person
or host.

Each process counts for itself. Processes of one machine that call :func:`share` before they count write into
files of one folder, and whichever is asked tells the sum (prometheus_client, "Multiprocess Mode").
"""

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, values
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from portal import __version__

FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # where the library looks for its folder
SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 50)
_OWN = CollectorRegistry()
REQUESTS = Histogram(
    "almoner_request_seconds",
    "Requests answered, by rule, method and status.",
    ("rule", "method", "status"),
    buckets=SECONDS,
    registry=_OWN,
)
JIRA_CALLS = Histogram(
    "almoner_jira_call_seconds",
    "Calls to a Jira or its authorisation server, by class of status, or code of what went wrong.",
    ("outcome",),
    buckets=SECONDS,
    registry=_OWN,
)
AUDIT_LINES = Counter(
    "almoner_audit_lines",
    "Lines written to the audit, by event and outcome: sign-ins that failed, grants renewed, and all else.",
    ("event", "outcome"),
    registry=_OWN,
)


def share(folder: Path) -> None:
    """Count together with the other processes of this machine that name the same folder.

    To be called before anything was counted. What processes that have ended left there is forgotten.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in folder.glob("*.db"):
        pid = path.stem.rpartition("_")[2]
        if not (pid.isdigit() and Path(f"/proc/{pid}").exists()):
            path.unlink(missing_ok=True)
    os.environ[FOLDER] = str(folder)
    values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]


class _Now(Collector):
    """Numbers that are looked up when they are asked for."""

    def __init__(self, look: Callable[[], Iterable[Metric]]) -> None:
        self._look = look

    def collect(self) -> Iterator[Metric]:
        """The numbers, and which version tells them."""
        build = GaugeMetricFamily("almoner_build_info", "The version that is running.", labels=["version"])
        build.add_metric([__version__], 1)
        yield build
        yield from self._look()


def text(look: Callable[[], Iterable[Metric]]) -> bytes:
    """Everything counted, and what ``look`` finds now, in Prometheus' text format."""
    now = CollectorRegistry()
    now.register(_Now(look))
    counted = _OWN
    if FOLDER in os.environ:
        counted = CollectorRegistry()
        MultiProcessCollector(counted, path=os.environ[FOLDER])  # type: ignore[no-untyped-call]
    return generate_latest(counted) + generate_latest(now)
