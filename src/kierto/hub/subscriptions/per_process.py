"""Something that a process has one of: a child that was forked begins with its own."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class PerProcess(Generic[T]):
    """The one of this process; made anew after a fork, and when it is to be forgotten."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._pid, self._one = os.getpid(), make()

    def current(self) -> T:
        """The one of this process."""
        if self._pid != os.getpid():
            self.forget()
        return self._one

    def forget(self) -> None:
        """Begin anew."""
        self._pid, self._one = os.getpid(), self._make()
