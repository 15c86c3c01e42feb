"""Where the planner's machine code is kept."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path


def place_compiled_code(data_folder: Path) -> None:
    """Keep it in the data folder if the package's own folder may not be written to.

    Under a hardened service the package is read-only; the compiler (numba) would then keep
    nothing, and every start would compile anew. ``NUMBA_CACHE_DIR``, if given, decides.
    """
    spec = find_spec("kierto")
    folder = Path(spec.origin).parent if spec and spec.origin else None
    if folder is not None and not os.access(folder, os.W_OK):
        os.environ.setdefault("NUMBA_CACHE_DIR", str(data_folder / "compiled"))
