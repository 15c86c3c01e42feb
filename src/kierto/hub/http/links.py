"""The Link header: which context a request is written in, and where the next page is."""

from __future__ import annotations

import functools
import re

from kierto.ngsild.errors import BadRequestData

CONTEXT_RELATION = "http://www.w3.org/ns/json-ld#context"

_LINK = re.compile(r'<([^<>]*)>((?:\s*;\s*[\w*!#$&+.^`|~-]+\s*(?:=\s*(?:"[^"]*"|[^\s",;]+))?)*)')
_RELATION = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s",;]+))', re.IGNORECASE)


@functools.lru_cache(maxsize=512)
def context_address(link: str) -> str | None:
    """The address of the context in a Link header; ``None`` where it names none.

    Raises:
        BadRequestData: it names two.
    """
    addresses = [
        found.group(1).strip()
        for found in _LINK.finditer(link[:8_192])
        if _is_context(found.group(2))
    ]
    if len(set(addresses)) > 1:
        raise BadRequestData("The Link header names more than one @context; name one.")
    return addresses[0] if addresses else None


def _is_context(parameters: str) -> bool:
    found = _RELATION.search(parameters)
    relations = (found.group(1) or found.group(2) or "") if found else ""
    return CONTEXT_RELATION in relations.split()


def context_link(address: str) -> str:
    """The Link header that names a context."""
    return f'<{address}>; rel="{CONTEXT_RELATION}"; type="application/ld+json"'


def page_link(address: str, relation: str, media_type: str) -> str:
    """The Link header that names another page (clause 6.3.10)."""
    return f'<{address}>; rel="{relation}"; type="{media_type}"'
