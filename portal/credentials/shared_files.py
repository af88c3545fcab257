"""Empty files that all processes of a machine look at, and lock: the kernel lets go of a lock when its holder
dies."""

import os
from pathlib import Path

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC


def opened(folder: Path, name: str) -> int:
    """A descriptor of this file, which is the caller's to close; file and folder are made where there are
    none."""
    path = f"{folder}/{name}"
    try:
        return os.open(path, _FLAGS, 0o600)
    except FileNotFoundError:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return os.open(path, _FLAGS, 0o600)
