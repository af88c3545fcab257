"""The file of a backup.

A tar file, compressed, with two members: ``backup.json`` and ``database`` (a SQLite file, or PostgreSQL's
custom format). What ``backup.json`` says is sealed by a key that comes from the root key; the root keys
themselves are never part of a backup.
"""

import hashlib
import hmac
import json
import os
import tarfile
import zlib
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path

from portal.errors import Refused
from portal.store.vault import Vault, check_ring

ABOUT, DATABASE = "backup.json", "database"
AT_ONCE = 1024 * 1024
# What comes of reading a ``backup.json`` that none of us has written: nothing in it is believed yet.
NOT_AS_WRITTEN = (ValueError, KeyError, TypeError, AttributeError)


@dataclass(frozen=True)
class About:
    """What a backup says of itself. ``counts``: rows by table. ``canaries``: what the root keys must open, in
    hexadecimal digits. ``digest``: SHA-256 of the database in it."""

    kind: str
    version: str
    revision: str
    made_at: str
    counts: dict[str, int]
    canaries: dict[str, str]
    digest: str


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _seal(vault: Vault, about: About, number: int = 0) -> str:
    said = json.dumps(asdict(about), sort_keys=True).encode()
    return hmac.digest(vault.derive("backups")[number], said, hashlib.sha256).hex()


def pack(about: About, vault: Vault, copy: Path, whole: Path) -> None:
    """Write the file ``whole`` with the database in ``copy``, down to the disk."""
    text = json.dumps({"about": asdict(about), "seal": _seal(vault, about)}, indent=1).encode()
    descriptor = os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=6) as packed:
            member = tarfile.TarInfo(ABOUT)
            member.size = len(text)
            packed.addfile(member, BytesIO(text))
            packed.add(copy, DATABASE)
        file.flush()
        os.fsync(file.fileno())


def unpack(path: Path, vault: Vault, copy: Path) -> About:
    """What a backup says of itself, believed only with the seal of a root key; its database in ``copy``.

    Raises :class:`Refused` for any other file; :class:`StartRefused` where root keys do not fit.
    """
    try:
        with tarfile.open(path, "r:gz") as packed:
            said, database = (packed.extractfile(name) for name in (ABOUT, DATABASE))
            if said is None or database is None:
                raise ValueError("members are files")
            head = json.load(said)
            about, seal = About(**head["about"]), str(head["seal"])
            known = {str(key): bytes.fromhex(sealed) for key, sealed in about.canaries.items()}
            copy.touch(0o600)
            with copy.open("wb") as file:
                while piece := database.read(AT_ONCE):
                    file.write(piece)
    except FileNotFoundError:
        raise Refused(f"There is no file {path}.") from None
    except (OSError, tarfile.TarError, zlib.error, EOFError, *NOT_AS_WRITTEN):
        raise Refused(f"{path} is no backup of this portal, or is not whole.") from None
    check_ring(vault.ring, known)
    seals = (_seal(vault, about, one) for one in range(len(vault.ring.ids)))
    if not any(hmac.compare_digest(seal.encode(), one.encode()) for one in seals):
        raise Refused(f"What {path} says of itself was changed, or another portal made it.")
    if digest(copy) != about.digest:
        raise Refused(f"The database in {path} is not the one that was backed up.")
    return about
