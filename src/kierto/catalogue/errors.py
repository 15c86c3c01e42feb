"""What can be wrong with a file for the catalogue beyond the faults of a table."""

from __future__ import annotations

from typing import ClassVar

from kierto.core.errors import DomainError
from kierto.parties.errors import NotStored

__all__ = ["CannotRead", "NotStored"]


class CannotRead(DomainError):
    """A process file cannot be understood; it is left, the others go on."""

    code = "cannot_read_process"
    sentence: ClassVar = "%(reason)s"

    def __init__(self, reason: object) -> None:
        super().__init__(reason=reason)
