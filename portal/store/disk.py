"""Making sure that what was put into a folder is still there after a loss of power."""

import os
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Have the disk keep the names in ``folder`` as they are now; what the files hold is synced before."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
