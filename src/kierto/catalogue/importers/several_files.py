"""A folder, one file, or a ZIP of files: their names and bytes, within safe limits."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any, NoReturn

from kierto.catalogue.importers.process_files import LARGEST_FILE
from kierto.core.tables import Fault, FaultyFile
from kierto.core.text import Sentence as _

MOST_FILES = 5_000
LARGEST_TOGETHER = 50_000_000
SUFFIXES = (".yaml", ".yml")


def files_in(source: Path | bytes, name: str) -> dict[str, bytes]:
    """The YAML files by name, in the order of their names.

    A file that is too large is cut just past the limit, so that its reader refuses it.

    Raises:
        FaultyFile: no YAML file, a broken ZIP, or too much of it.
    """
    if isinstance(source, Path) and source.is_dir():
        found = {path.name: _head(path) for path in sorted(source.iterdir()) if _is_yaml(path.name)}
    else:
        data = _whole(source, name) if isinstance(source, Path) else source
        found = _unzipped(data, name) if data.startswith(b"PK\x03\x04") else {name: data}
    if not found or not all(_is_yaml(each) for each in found):
        _refuse(
            name,
            _("There is no process file in it."),
            _("Give YAML files (.yaml), or a ZIP of them."),
        )
    return found


def _is_yaml(name: str) -> bool:
    return name.lower().endswith(SUFFIXES)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST_FILE + 1)


def _whole(path: Path, name: str) -> bytes:
    if path.stat().st_size > LARGEST_TOGETHER:
        _too_large(name)
    return path.read_bytes()


def _unzipped(data: bytes, name: str) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    together = 0
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [
                entry
                for entry in archive.infolist()
                if _is_yaml(entry.filename) and not entry.filename.startswith("__MACOSX/")
            ]
            if len(entries) > MOST_FILES:
                _too_large(name)
            for entry in sorted(entries, key=lambda each: each.filename):
                with archive.open(entry) as file:
                    found[entry.filename] = file.read(LARGEST_FILE + 1)
                together += len(found[entry.filename])
                if together > LARGEST_TOGETHER:
                    _too_large(name)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError):
        # RuntimeError: a password is wanted; NotImplementedError: an unknown compression.
        _refuse(name, _("The ZIP cannot be opened."), _("Pack the files again and try once more."))
    return found


def _too_large(name: str) -> NoReturn:
    _refuse(
        name,
        _("It holds more than %(files)s files or %(megabytes)s MB."),
        _("Split it into parts and import one after the other."),
        files=MOST_FILES,
        megabytes=LARGEST_TOGETHER // 1_000_000,
    )


def _refuse(name: str, problem: Any, mend: Any, **fields: Any) -> NoReturn:
    raise FaultyFile([Fault(name, 0, "", problem, mend, fields)])
