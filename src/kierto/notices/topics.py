"""What a notice can say. Each app registers its own topics when it starts.

A topic is two whole sentences with named placeholders, translated when somebody reads them. Every
name that stands in a placeholder comes from the fields given to
:func:`kierto.notices.actions.notify`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Topic:
    """One sort of notice: the line in the list and in the mail's subject, and the text below."""

    key: str
    subject: Any
    body: Any


TOPICS: dict[str, Topic] = {}


class UnknownTopic(LookupError):
    """A program names a topic that no app has registered."""


def register_topic(key: str, subject: Any, body: Any) -> None:
    """Make a topic known; ``key`` is ``app.event``. The sentences are lazily translated."""
    TOPICS[key] = Topic(key, subject, body)


def topic(key: str) -> Topic:
    """The registered topic.

    Raises:
        UnknownTopic: nobody registered it.
    """
    try:
        return TOPICS[key]
    except KeyError:
        raise UnknownTopic(f"no topic {key!r}; register it in the app's topics.py") from None
