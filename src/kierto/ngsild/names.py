"""Identifiers and names a client may use (clauses 4.5.1 and 4.6.2)."""

from __future__ import annotations

import functools
import re

from kierto.ngsild import limits
from kierto.ngsild.errors import BadRequestData
from kierto.ngsild.members import NULL

# RFC 3987 without the characters of markup and quoting.
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\x00-\x20<>\"{}|\\^`\x7f]+")
_NAME = re.compile(r"[^\W\d_]\w*")
# Printable for Unicode, yet nothing to see: an identifier with one of these reads as another.
_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0]")
_UNSEEN_HIGH = re.compile("[\U000e0100-\U000e01ef]")


def is_uri(text: object) -> bool:
    """Whether this is an absolute URI (or IRI) without blanks and unseen characters."""
    if not isinstance(text, str) or len(text) > limits.IRI_LENGTH or not _IRI.fullmatch(text):
        return False
    return text.isascii() or (
        text.isprintable() and not _UNSEEN.search(text) and not _UNSEEN_HIGH.search(text)
    )


def read_uri(value: object, path: str) -> str:
    """A URI that names something.

    Raises:
        BadRequestData: it is none, or it is the NULL of NGSI-LD.
    """
    if isinstance(value, str) and is_uri(value) and value != NULL:
        return value
    raise BadRequestData(f"{path} is a URI such as urn:ngsi-ld:Building:1, not {_shown(value)}.")


@functools.lru_cache(maxsize=4096)
def check_name(name: str) -> None:
    """Letters, digits and ``_`` after a letter; or with a prefix; or a whole IRI (clause 4.6.2).

    Raises:
        BadRequestData: other characters are in it.
    """
    if len(name) <= limits.IRI_LENGTH and (_NAME.fullmatch(name) or is_uri(name)):
        return
    raise BadRequestData(
        f"{_shown(name)} is no name: letters, digits and _ after a letter, or a whole IRI."
    )


def _shown(value: object) -> str:
    """A value as an error may show it: short, and however deep, without going down into it."""
    if isinstance(value, str):
        return repr(value if len(value) <= 80 else f"{value[:80]}…")
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "an array"
    return "null" if value is None else "something else"
