"""The root key ring: the keys that wrap tenants' data keys.

A JSON file (mode 0400) or the output of a command::

    {"keys": [{"id": "9f86d081884c7d65", "key": "<base64, 32 bytes>"}, ...]}

The first key seals; all of them open. A key's id is made from the key, so that it always fits.
"""

import base64
import hashlib
import json
import os
import shlex
import stat
import subprocess
from pathlib import Path

from portal.config import Settings
from portal.errors import StartRefused

KEY_BYTES = 32


def key_id(key: bytes) -> str:
    """The id of a key: 16 hex digits that tell nothing about it."""
    return hashlib.sha256(b"almoner-key-id" + key).digest()[:8].hex()


class RootRing:
    """Root keys by id. Prints as a count."""

    def __init__(self, keys: list[bytes]) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise StartRefused("The root key ring holds no usable key: every key must be 32 bytes in base64.")
        self._keys = {key_id(key): key for key in keys}
        self.active_id = key_id(keys[0])

    def __repr__(self) -> str:
        return f"<RootRing of {len(self._keys)}>"

    def __contains__(self, identifier: str) -> bool:
        return identifier in self._keys

    def key(self, identifier: str) -> bytes:
        """The key with this id; raises ``KeyError`` without naming any key."""
        return self._keys[identifier]

    def all(self) -> list[bytes]:
        """Every key, the sealing one first."""
        return list(self._keys.values())


def read_ring(settings: Settings) -> RootRing:
    """The ring as the settings say; raises :class:`StartRefused` with what to do."""
    command = settings.root_key_command
    text = _run(command) if command else _read(settings)
    try:
        entries = json.loads(text)["keys"]
        keys = [base64.b64decode(entry["key"], validate=True) for entry in entries]
        named = [entry["id"] for entry in entries]
    except (ValueError, KeyError, TypeError):
        raise StartRefused("The root key ring cannot be read: it is not the JSON the portal wrote.") from None
    ring = RootRing(keys)
    if named != [key_id(key) for key in keys]:
        raise StartRefused("The root key ring was changed: an id in it does not fit its key.")
    return ring


def create_ring_file(path: Path) -> None:
    """Make a new ring with one key, readable by its owner only. Never replaces a file."""
    key = os.urandom(KEY_BYTES)
    entry = {"id": key_id(key), "key": base64.b64encode(key).decode()}
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    with os.fdopen(descriptor, "w") as file:
        json.dump({"keys": [entry]}, file)
        file.flush()
        os.fsync(file.fileno())


def _read(settings: Settings) -> str:
    path = settings.root_key_path
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            raise StartRefused(
                f"The root key file {path} can be read by others (mode {mode:04o}). Run: chmod 0400 {path}"
            )
        return path.read_text()
    except FileNotFoundError:
        raise StartRefused(
            f"The root key file {path} is not there. Put it back from your copy; without it no stored "
            f"credential can be opened. {_begin_again(settings)}"
        ) from None
    except (OSError, UnicodeDecodeError):
        raise StartRefused(f"The root key file {path} cannot be read by this user.") from None


def _begin_again(settings: Settings) -> str:
    if settings.demo:
        folder = settings.instance.absolute()
        return f"To begin again with nothing, remove the folder {folder} and run: make run (or: almoner init)"
    return "For a new, empty portal run: almoner init"


def _run(command: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - the operator's own command, from the settings
            shlex.split(command), capture_output=True, text=True, timeout=30, check=True
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        raise StartRefused(
            "ALMONER_ROOT_KEY_COMMAND did not give the root key ring; run it by hand."
        ) from None
    return done.stdout
