"""What must not be in the repository: built, minified or foreign files, and paths of one machine."""

from __future__ import annotations

import re
import subprocess

from tests.house.floors import ROOT

BUILT = re.compile(r"(\.min\.(js|css)|\.bundle\.js|\.map|\.mo|\.pyc|\.whl|\.sqlite3?)$")
MACHINE = re.compile(r"(?<![\w.])/(?:root|home/[a-z]+|work|Users/[A-Za-z]+)/\w")
LARGEST = 400_000  # bytes; a larger text file is data that somebody should look at
# Locks are large by nature, pictures are not read as text, translations grow with the product.
LARGE_BY_NATURE = re.compile(r"(\.lock|package-lock\.json|\.png|\.po)$")


def tracked_files() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], check=True, cwd=ROOT, capture_output=True, text=True
    )
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_nothing_built_is_tracked() -> None:
    assert [name for name in tracked_files() if BUILT.search(name)] == []


def test_no_file_names_a_folder_of_one_machine() -> None:
    naming = []
    for name in tracked_files():
        content = (ROOT / name).read_bytes()
        if b"\0" not in content and MACHINE.search(content.decode("utf-8", "replace")):
            naming.append(name)
    assert naming == []


def test_no_file_is_large_without_reason() -> None:
    large = [
        name
        for name in tracked_files()
        if (ROOT / name).stat().st_size > LARGEST and not LARGE_BY_NATURE.search(name)
    ]
    assert large == []
