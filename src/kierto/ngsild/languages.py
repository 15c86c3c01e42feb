"""Which language of a LanguageProperty a reader gets (clause 4.15; RFC 4647, RFC 9110)."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from kierto.ngsild.errors import BadRequestData
from kierto.ngsild.members import NONE


@functools.lru_cache(maxsize=512)
def parse_lang(text: str) -> tuple[str, ...]:
    """The wanted languages, best first: ``fr;q=0.2,nl`` gives ``("nl", "fr")``, lower case.

    Raises:
        BadRequestData: a quality is no number between 0 and 1.
    """
    wanted: list[tuple[float, str]] = []
    for part in text.split(","):
        tag, *parameters = (piece.strip() for piece in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip().lower() == "q":
                quality = _quality(value)
        if tag and quality > 0:
            wanted.append((-quality, tag.lower()))
    wanted.sort(key=lambda pair: pair[0])
    return tuple(tag for _, tag in wanted)


def _quality(text: str) -> float:
    try:
        quality = float(text)
    except ValueError:
        quality = -1.0
    if not 0 <= quality <= 1:
        raise BadRequestData(f"lang: {text[:20]!r} is no quality between 0 and 1.")
    return quality


def choose(available: Iterable[str], lang: str) -> str:
    """The tag of ``available`` that serves best; any where none fits, the unnamed one first.

    ``available`` is not empty.
    """
    tags = {tag.lower(): tag for tag in available}
    for wanted in parse_lang(lang):
        if wanted == "*":
            break
        found = _lookup(wanted, tags)
        if found is not None:
            return found
    return tags[NONE] if NONE in tags else next(iter(tags.values()))


def _lookup(wanted: str, tags: dict[str, str]) -> str | None:
    while wanted:
        if wanted in tags:
            return tags[wanted]
        longer = next((tag for tag in tags if tag.startswith(f"{wanted}-")), None)
        if longer is not None:
            return tags[longer]
        wanted = wanted.rpartition("-")[0]
    return None
