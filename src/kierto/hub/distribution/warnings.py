"""What is said when a source did not answer well (clause 6.3.17, table 6.3.17-1)."""

from __future__ import annotations

from typing import Final

STALE: Final = 110
INVALID: Final = 111
DISCONNECTED: Final = 112
TRANSIENT: Final = 199
PERSISTENT: Final = 299


def warning(code: int, label: str, text: str) -> str:
    """The value of one NGSILD-Warning header: code, who, what."""
    who = "".join(sign for sign in label if sign.isprintable() and sign not in ' ",')[:120]
    what = text.replace('"', "'").encode("ascii", "replace").decode()[:200]
    return f'{code} {who or "-"} "{what}"'
