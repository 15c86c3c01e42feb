"""Codes on labels: short, without characters that look alike, with a check against slips.

The alphabet has 31 characters, a prime, so that the weighted sum of a code notices every single
wrong character and every two that changed places.
"""

from __future__ import annotations

import re
import secrets
from urllib.parse import urlsplit

from kierto.sharing.models import Thing

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Digits and letters without 0, 1, I, L and O."""

LENGTH = 6
"""Characters of a code, the check among them."""

OWN = re.compile(r"[A-Z0-9][A-Z0-9._-]{1,19}")
"""What a code may be that somebody brings along from labels they have already."""


def check_character(body: str) -> str:
    """The last character of a code, from the ones before it."""
    total = sum(weight * ALPHABET.index(c) for weight, c in enumerate(body, start=2))
    return ALPHABET[-total % len(ALPHABET)]


def is_made(code: str) -> bool:
    """Whether a code is one of ours, rightly typed."""
    return (
        len(code) == LENGTH
        and set(code) <= set(ALPHABET)
        and check_character(code[:-1]) == code[-1]
    )


def make_code() -> str:
    """A code that no thing has yet."""
    while True:
        body = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
        code = body + check_character(body)
        if not Thing.objects.filter(code=code).exists():
            return code


def read_code(text: str) -> str:
    """The code in what was scanned or typed: the address of a label, or the code itself.

    Case and blanks do not matter. The result may be the code of no thing.
    """
    text = text.strip()
    if "/" in text:
        try:
            path = urlsplit(text).path
        except ValueError:
            return ""
        text = path.rstrip("/").rpartition("/")[2]
    return re.sub(r"\s+", "", text).upper()


def thing_by_code(text: str) -> Thing | None:
    """The thing whose label was scanned or typed; None where there is none.

    It looks at every thing of the node: ask what the reader may see or do with it.
    """
    code = read_code(text)
    if not code or len(code) > 20:
        return None
    things = Thing.objects.select_related("collection__owner", "place", "kind", "resource")
    return things.filter(code=code).first()
