"""The one door by which a lower floor tells a higher one that something changed.

Higher floors register listeners when they start; listeners run inside the caller's transaction
and only derive, never decide. A listener that raises rolls the change back with it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import TypeVar

Change = TypeVar("Change")

_listeners: dict[type, list[Callable[..., None]]] = defaultdict(list)


def listen(change_type: type[Change], listener: Callable[[Change], None]) -> None:
    """Call ``listener`` for every announced change of this type. Registering twice counts once."""
    if listener not in _listeners[change_type]:
        _listeners[change_type].append(listener)


def announce(change: object) -> None:
    """Tell the listeners of the change's own type, in the order in which they registered."""
    for listener in _listeners[type(change)]:
        listener(change)
