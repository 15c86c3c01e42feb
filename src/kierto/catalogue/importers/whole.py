"""A file is taken whole or not at all, and a disk that is full is told in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, transaction

from kierto.catalogue.changes import wait_for_others
from kierto.catalogue.errors import NotStored


@contextmanager
def taken_whole() -> Iterator[None]:
    """One transaction, one importer at a time. Use it as a decorator of an importer.

    Raises:
        NotStored: the database refused to write (disk full, no connection, locked for too long);
            everything is as it was.
    """
    try:
        with transaction.atomic():
            wait_for_others()
            yield
    except OperationalError as error:
        raise NotStored(cause=str(error)) from error
