"""Paths into a message: ``object.level``, ``values[0].v``, ``object["air.temp"]``; ``$.`` may begin."""

from __future__ import annotations

import re
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from kierto.hub.sensors.faults import Faulty

Path = tuple[str | int, ...]
_PART: Final = re.compile(r'\.?([^.\[\]"$\s]+)|\[(\d{1,4})\]|\["([^"]{1,200})"\]')
_LONGEST: Final = 300
_MOST: Final = 16


class PathFault(Faulty):
    """The path is none, or leads nowhere; the sentence says which part."""


def read_path(text: str) -> Path:
    """The steps of a path.

    Raises:
        PathFault: it is empty, too long, or not written as a path.
    """
    rest = text.strip().removeprefix("$")
    if not rest or len(rest) > _LONGEST:
        raise PathFault(
            _("This is no path. Write the names that lead to the value, such as object.level.")
        )
    steps: list[str | int] = []
    place = 0
    while place < len(rest):
        found = _PART.match(rest, place)
        if found is None or len(steps) == _MOST:
            raise PathFault(_("From “%(rest)s” on this is no path."), rest=rest[place : place + 20])
        name, index, quoted = found.groups()
        steps.append(int(index) if index is not None else name or quoted)
        place = found.end()
    return tuple(steps)


def follow(path: Path, message: Any) -> Any:
    """What stands at a path.

    Raises:
        PathFault: the message has nothing there; the sentence says what it has instead.
    """
    here = message
    for number, step in enumerate(path):
        if isinstance(step, int):
            if not isinstance(here, list) or step >= len(here):
                raise PathFault(
                    _("There is no item %(number)s at “%(place)s”."),
                    number=step,
                    place=written(path[:number]),
                )
            here = here[step]
        else:
            if not isinstance(here, dict) or step not in here:
                raise _lacking(step, written(path[:number]) if number else "", here)
            here = here[step]
    return here


def _lacking(name: str, place: str, here: Any) -> PathFault:
    has = ", ".join(list(map(str, here))[:8]) if isinstance(here, dict) else ""
    if place and has:
        sentence: Any = _("There is no “%(name)s” at “%(place)s”. There is: %(has)s.")
    elif place:
        sentence = _("There is no “%(name)s” at “%(place)s”.")
    elif has:
        sentence = _("The message has no “%(name)s”. It has: %(has)s.")
    else:
        sentence = _("The message has no “%(name)s”.")
    return PathFault(sentence, name=name, place=place, has=has)


def written(path: Path) -> str:
    """A path as one writes it."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif re.fullmatch(r'[^.\[\]"$\s]+', step):
            text += f".{step}" if text else step
        else:
            text += f'["{step}"]'
    return text or "$"
