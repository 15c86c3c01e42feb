"""Build step of the package: compile the translations, and refuse a wheel without its assets.

Runs by itself when hatchling builds, and by `python hatch_build.py` during `make setup`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
ASSETS = ROOT / "src" / "kierto" / "web" / "static" / "kierto"


def compile_translations(root: Path = ROOT) -> list[Path]:
    """Write the `.mo` beside each `.po` below `src/` that is newer, and return those written."""
    written = []
    for source in sorted((root / "src").glob("**/locale/*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parents[1].name)
        with target.open("wb") as file:
            write_mo(file, catalogue)
        written.append(target)
    return written


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        compile_translations(Path(self.root))
        if version == "standard" and self.target_name == "wheel" and not any(ASSETS.glob("*")):
            sys.exit("The wheel needs the built pages' assets. Run `make setup`, then try again.")


if __name__ == "__main__":
    compiled = compile_translations()
    print(f"Translations: {len(compiled)} compiled.")
