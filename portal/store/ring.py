"""The root key ring: the keys that wrap tenants' data keys.

A JSON file (mode 0400) or the output of a command::

    {"keys": [{"id": "9f86d081884c7d65", "key": "<base64, 32 bytes>"}, ...]}

The first key seals; all of them open. A key's id is made from the key, so that it always fits. Commands
change the file (:mod:`portal.commands.keys`); what a command gives is changed by whoever keeps it.
"""

import base64
import fcntl
import hashlib
import json
import os
import shlex
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portal.config import Settings
from portal.errors import Refused, StartRefused
from portal.store.disk import sync_folder

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

    @property
    def ids(self) -> list[str]:
        """The id of every key, the sealing one first."""
        return list(self._keys)

    def all(self) -> list[bytes]:
        """Every key, the sealing one first."""
        return list(self._keys.values())

    def with_new_key(self) -> "RootRing":
        """The ring with one more key, which only opens. The last key stays the last: it is the oldest."""
        sealing, *others = self.all()
        return RootRing([sealing, os.urandom(KEY_BYTES), *others])

    def with_first(self, identifier: str) -> "RootRing":
        """The ring with this key as the one that seals."""
        return RootRing([self._keys[identifier], *self.without(identifier)])

    def without(self, identifier: str) -> list[bytes]:
        """Every key but this one."""
        return [key for known, key in self._keys.items() if known != identifier]

    def text(self) -> str:
        """The ring as the file holds it, keys included: for a key file or a secret store, nowhere else."""
        entries = [{"id": known, "key": base64.b64encode(key).decode()} for known, key in self._keys.items()]
        return json.dumps({"keys": entries})


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
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(path, RootRing([os.urandom(KEY_BYTES)]))


def replace_ring_file(path: Path, ring: RootRing) -> None:
    """Put another ring in the place of the one that is there: a crash leaves the one or the other, whole.

    Raises :class:`StartRefused` where this user may not write there.
    """
    beside = path.with_name(f"{path.name}.new")
    try:
        beside.unlink(missing_ok=True)  # of somebody who was stopped
        _write(beside, ring)
        beside.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise _not_replaced(path, error) from None


@contextmanager
def changing_ring(settings: Settings) -> Iterator[None]:
    """While one command reads the key file and puts another in its place, no other does: a key that was made
    meanwhile would be lost. The lock is a file beside it, and ends with the process.

    Raises :class:`Refused` while another command has it. What a command prints is not held.
    """
    if settings.root_key_command:
        yield
        return
    path = settings.root_key_path
    try:
        descriptor = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _not_replaced(path, error) from None
    with os.fdopen(descriptor) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(
                "Another command changes the root keys. Run this again when it has ended."
            ) from None
        yield


def _not_replaced(path: Path, error: OSError) -> StartRefused:
    return StartRefused(
        f"The root key file {path} cannot be replaced: {error.strerror}. Run this as the user who owns "
        "it, in a folder that user may write in."
    )


def _write(path: Path, ring: RootRing) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    with os.fdopen(descriptor, "w") as file:
        file.write(ring.text())
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
        done = subprocess.run(  # noqa: S603  # nosec B603 # the operator's own command, from the settings
            shlex.split(command), capture_output=True, text=True, timeout=30, check=True
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        raise StartRefused(
            "ALMONER_ROOT_KEY_COMMAND did not give the root key ring; run it by hand."
        ) from None
    return done.stdout
