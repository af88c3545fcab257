"""Figures of the code: how long functions, views and files are, which modules import in circles."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from pathlib import Path

ROOT = Path(__file__).parents[2]
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Measured:
    """Something with a length in lines."""

    name: str
    lines: int


def modules() -> dict[str, Path]:
    """Every module of the portal by its dotted name."""
    found = {}
    for path in sorted((ROOT / "portal").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def files() -> list[Measured]:
    """Length of each file."""
    return [Measured(name, len(path.read_text("utf-8").splitlines())) for name, path in modules().items()]


def functions(*, views: bool = False) -> list[Measured]:
    """Length of each function, docstring included; or of the views only."""
    return [
        Measured(f"{name}.{node.name}", (node.end_lineno or node.lineno) - node.lineno + 1)
        for name, path in modules().items()
        for node in ast.walk(_parsed(path))
        if isinstance(node, Function) and (not views or _is_view(node))
    ]


def local_imports() -> list[str]:
    """Imports inside functions."""
    return [
        f"{name}:{inner.lineno}"
        for name, path in modules().items()
        for node in ast.walk(_parsed(path))
        if isinstance(node, Function)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]


def cycles() -> list[list[str]]:
    """Modules that import each other in a circle."""
    graph = {name: set(_imports(path)) - {name} for name, path in modules().items()}
    return [list(found) for start in graph if (found := _way_back(graph, start))]


def p90(found: list[Measured]) -> int:
    """The length that nine of ten do not exceed."""
    return sorted(one.lines for one in found)[ceil(len(found) * 0.9) - 1]


def longest(found: list[Measured]) -> Measured:
    """The longest one."""
    return max(found, key=lambda one: one.lines)


def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def _is_view(node: Function) -> bool:
    return any("bp." in ast.unparse(one) for one in node.decorator_list)


def _imports(path: Path) -> Iterator[str]:
    known = modules()
    for node in ast.walk(_parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in known else node.module


def _way_back(graph: dict[str, set[str]], start: str) -> list[str]:
    """A way from a module to itself, if there is one."""
    ways, visited = [[start]], set()
    while ways:
        way = ways.pop()
        for following in graph.get(way[-1], ()):
            if following == start:
                return [*way, start]
            if following not in visited:
                visited.add(following)
                ways.append([*way, following])
    return []
