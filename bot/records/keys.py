"""Secret keys, each in a file of the data directory that only this program's user may read."""

import os
from pathlib import Path

from cryptography.fernet import Fernet


def load_or_create(path: Path) -> bytes:
    """Return the key in a file, making the file with a fresh key when it is missing.

    Two processes that start at once end with the same key: the file is made whole before it gets its name.
    """
    if not path.exists():
        _create(path)
    return path.read_bytes().strip()


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(Fernet.generate_key() + b"\n")
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
