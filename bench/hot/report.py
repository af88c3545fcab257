"""What was measured, as a table."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench.hot.servers import Told, memory, with_children

BARE_ROUTE, BASE = "bare Flask", "one read"
HEAD = f"{'':24}{'a second':>9}   ratio (range)      cpu   us each   p50, p99 to bare   MB (PSS)   failed"


@dataclass(frozen=True)
class Variant:
    """One thing that is measured: where it listens, which process, and what is asked for."""

    name: str
    address: str
    pid: int
    wanted: str
    before: str
    after: str = ""


def report(seen: Mapping[str, list[Told]], variants: Sequence[Variant]) -> None:
    """Print it. A ratio above 1 is quicker than the one read; of times, slower than the bare route."""
    print(HEAD)
    for variant in variants:
        mine = seen[variant.name]
        rates = _ratios(mine, seen[BASE], lambda one: one.rate)
        cpu = median(_ratios(seen[BASE], mine, lambda one: one.cost))
        p50 = median(_ratios(mine, seen[BARE_ROUTE], lambda one: one.p50))
        p99 = median(_ratios(mine, seen[BARE_ROUTE], lambda one: one.p99))
        held = [memory(pid) for pid in with_children(variant.pid)[1:]]
        rss, pss = (max(sizes) for sizes in zip(*held, strict=True))
        print(
            f"{variant.name:24}{median(one.rate for one in mine):9.0f}"
            f"{median(rates):7.2f} ({min(rates):.2f}-{max(rates):.2f}){cpu:7.2f}"
            f"{median(one.cost for one in mine):9.0f}{p50:10.2f}{p99:6.2f}"
            f"{rss:12} ({pss}){sum(one.failed for one in mine):9}",
            flush=True,
        )


def _ratios(over: list[Told], under: list[Told], of: Callable[[Told], float]) -> list[float]:
    """One of each round."""
    return [of(one) / of(other) for one, other in zip(over, under, strict=True)]
