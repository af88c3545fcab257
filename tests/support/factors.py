"""The app on somebody's phone: codes of a second factor, as the person would read them."""

import pyotp

from portal import clock
from tests.support import canaries

STEP = 30
_used: dict[str, int] = {}


def new_secret() -> str:
    """A secret for an app; it is searched for like every other."""
    return canaries.add(pyotp.random_base32())


def code_at(secret: str, steps: int = 0) -> str:
    """What the app shows now, or so many steps later or earlier."""
    return pyotp.TOTP(secret).generate_otp(now() + steps)


def now() -> int:
    """The number of the present step."""
    return int(clock.now().timestamp()) // STEP


def next_code(secret: str) -> str:
    """A code that is taken now and was not used by a test before: tests do not wait for the next one."""
    step = max(now() - 1, _used.get(secret, 0) + 1)
    assert step <= now() + 1, "no code is left for this moment; let time travel"
    _used[secret] = step
    return pyotp.TOTP(secret).generate_otp(step)
