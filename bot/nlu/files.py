"""Content of data files as part of a component's training fingerprint."""

import hashlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROTOCOL = ROOT / "protocol"


def content_hash(*folders: Path) -> str:
    """Return one hash over the names and bytes of every file below the folders, compiled Python left out."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            if "__pycache__" not in path.parts:
                digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
