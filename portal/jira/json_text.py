"""Reading JSON that a stranger wrote."""

import json
import math
import re
from typing import Any, NoReturn

from portal.jira.trouble import Code, JiraTrouble

_MAX_DEPTH = 64
_MAX_DIGITS = 19  # 64-bit numbers; what is longer is no number Jira sends, and databases refuse it
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")


def loads(body: bytes) -> Any:
    """Parse a JSON answer; JiraTrouble ``broken_answer`` for whatever is not plain, sane JSON (T30).

    Refused beyond bad syntax: other encodings than UTF-8, nesting over 64, numbers over 64 bits, NaN and
    Infinity, lone surrogates. ``json`` alone raises RecursionError, UnicodeEncodeError later on, and more.
    """
    if _depth(body) > _MAX_DEPTH:
        raise _broken("nested too deep")
    try:
        value = json.loads(
            body.decode("utf-8"), parse_int=_integer, parse_float=_number, parse_constant=_refuse_constant
        )
        if b"\\u" in body:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeError:
        raise _broken("not UTF-8 text") from None
    except (ValueError, RecursionError):
        raise _broken("not JSON") from None
    return value


def _depth(body: bytes) -> int:
    depth = deepest = 0
    for bracket in _BRACKET.finditer(_STRING.sub(b"", body)):
        depth += 1 if bracket.group() in b"[{" else -1
        deepest = max(deepest, depth)
        if deepest > _MAX_DEPTH:
            break
    return deepest


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > _MAX_DIGITS:
        raise _broken("a number with too many digits")
    return int(digits)


def _number(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise _broken("a number out of range")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise _broken("NaN or Infinity")


def _broken(reason: str) -> JiraTrouble:
    return JiraTrouble(Code.BROKEN_ANSWER, reason=reason)
