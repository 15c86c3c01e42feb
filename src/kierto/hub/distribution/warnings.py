"""What is said when a source did not answer well (clause 6.3.17, table 6.3.17-1)."""

from __future__ import annotations

from typing import Final

STALE: Final = 110
INVALID: Final = 111
DISCONNECTED: Final = 112
TRANSIENT: Final = 199
PERSISTENT: Final = 299


def agent_of(label: str) -> str:
    """A source as one word of a header."""
    signs = label.encode("ascii", "replace").decode().replace(" ", "_")
    return "".join(sign for sign in signs if sign.isprintable() and sign not in '",')[:120] or "-"


def warning(code: int, label: str, text: str) -> str:
    """The value of one NGSILD-Warning header: code, who, what."""
    what = "".join(sign for sign in text if sign.isprintable()).replace('"', "'")[:200]
    what = what.encode("ascii", "replace").decode()
    return f'{code} {agent_of(label)} "{what}"'
