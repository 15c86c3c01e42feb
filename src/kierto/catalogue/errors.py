"""What can be wrong with a file for the catalogue beyond the faults of a table."""

from __future__ import annotations

from http import HTTPStatus
from typing import ClassVar

from kierto.core.errors import DomainError
from kierto.core.text import Sentence as _


class UnknownSort(DomainError):
    """The file is of none of the forms that the catalogue reads."""

    code = "unknown_sort_of_file"
    field = "file"
    sentence: ClassVar = _(
        "“%(name)s” is not a file that the catalogue reads. Give a CSV or XLSX table of factors or "
        "kinds, a YAML file of a process, or a ZIP of such files."
    )


class CannotRead(DomainError):
    """A process file cannot be understood; it is left, the others go on."""

    code = "cannot_read_process"
    sentence: ClassVar = "%(reason)s"

    def __init__(self, reason: object) -> None:
        super().__init__(reason=reason)


class NotStored(DomainError):
    """The database could not be written; nothing of the file was taken."""

    code = "not_stored"
    status = HTTPStatus.INSUFFICIENT_STORAGE
    field = "file"
    sentence: ClassVar = _(
        "The file could not be stored (%(cause)s). Nothing of it was taken, and nothing was lost. "
        "Make room on the disk of the node, then import the file again."
    )
