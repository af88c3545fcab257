"""What builds the addresses of a route, compiled once in a process.

Many portals are made in a run, each with the same routes, and most of what making one takes goes into two
functions for each route, which Werkzeug writes and compiles. They hold nothing of their portal.
"""

from collections.abc import Callable

from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]

_compile = Rule._compile_builder
_made: dict[tuple[object, ...], Builder] = {}


def hand_out() -> None:
    """From now on a route takes the functions of the one before it that reads the same."""
    Rule._compile_builder = _builder  # type: ignore[method-assign]


def _builder(rule: Rule, append_unknown: bool = True) -> Builder:
    if rule.defaults:  # they stand in it, as their converters write them
        return _compile(rule, append_unknown)
    key = append_unknown, rule.rule, *rule._trace
    if key not in _made:
        _made[key] = _compile(rule, append_unknown)
    return _made[key]
