"""Regular expressions from strangers: RE2 only, which takes linear time whatever it is given."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

import re2

from kierto.ngsild.errors import BadRequestData, TooComplexQuery

LENGTH: Final = 1_024
"""Characters of one regular expression."""

MEMORY: Final = 1 << 20
"""Bytes one compiled expression may need."""


@lru_cache(maxsize=1024)
def find_pattern(source: str) -> Callable[[str], bool]:
    """A test whether a text holds the regular expression somewhere.

    Raises:
        BadRequestData: the expression is none, or uses what RE2 does not offer.
        TooComplexQuery: it is too long.
    """
    if len(source) > LENGTH:
        raise TooComplexQuery(f"A pattern is longer than {LENGTH} characters.")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MEMORY
    try:
        search = re2.compile(source, options).search
    except (re2.error, UnicodeEncodeError) as error:
        raise BadRequestData(f"{source[:64]!r} is no regular expression: {error}.") from error

    def found(text: str) -> bool:
        return search(text) is not None

    return found
