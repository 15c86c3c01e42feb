"""Files that belong together are written together."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path


def write_whole(out: Path, files: Mapping[str, str], *, stale: Iterable[str] = ()) -> None:
    """Write the files beside ``out`` first and move them in once all are complete.

    ``stale`` names files of an earlier run that this one has no use for.

    Raises:
        OSError: ``out`` cannot be written.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    waiting = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        for name, text in files.items():
            (waiting / name).write_bytes(text.encode())
        out.mkdir(exist_ok=True)
        for name in files:
            (waiting / name).replace(out / name)
        for name in stale:
            (out / name).unlink(missing_ok=True)
    finally:
        shutil.rmtree(waiting, ignore_errors=True)
