"""The link of an invitation: where to join, and the word that opens the door.

The word stands behind ``#``: a browser that opens the link keeps it to itself, so it is in no
log of a server on the way.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from kierto.hub.errors.nodes import NodeAddressUnusable, NotAnInvitation

PATH: Final = "/cities/invitation/"

_WORD = re.compile(r"[A-Za-z0-9_-]{40,80}")


def link_of(address: str, word: str) -> str:
    """The link that is sent to the other city."""
    return f"{address}{PATH}#{word}"


def read_link(link: str) -> tuple[str, str]:
    """Address of the inviting node, and the word.

    Raises:
        NotAnInvitation: the link has another form.
    """
    text = "".join(link.split())
    before, _, word = text.partition("#")
    if not before.endswith(PATH) or not _WORD.fullmatch(word) or len(before) > 400:
        raise NotAnInvitation()
    try:
        return read_address(before.removesuffix(PATH)), word
    except NodeAddressUnusable as error:
        raise NotAnInvitation() from error


def read_address(address: str) -> str:
    """The address of a node: scheme, host, perhaps a port and a path, no slash at the end.

    Raises:
        NodeAddressUnusable: it is none.
    """
    text = address.strip().rstrip("/")
    try:
        parts = urlsplit(text)
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        fits = False
    if not fits or parts.query or parts.fragment or parts.username or len(text) > 300:
        raise NodeAddressUnusable(address=address[:300], reason="https://…")
    return text
