"""The demonstration district, loaded once for a test run from the wheel, and served from it.

Loading takes a while, so the first worker that needs it loads it for all; whoever wants to change
something takes a copy. What runs is the unpacked wheel, not the checkout: so the tests see what
somebody sees who installs it.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.house.floors import ROOT

PATIENCE = 60.0  # seconds until a server that does not answer counts as failed


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What `kierto demo --no-serve --json` left and said."""

    package: Path
    data: Path
    summary: dict[str, Any]

    def copy(self, folder: Path) -> Demonstration:
        """The same, with data of its own to change."""
        shutil.copytree(self.data, folder)
        return Demonstration(self.package, folder, self.summary)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the `kierto` command on this data."""
        return subprocess.run(
            [sys.executable, "-m", "kierto", *arguments],
            check=False,
            cwd=self.data.parent,
            env=self.environment(),
            capture_output=True,
            text=True,
        )

    def environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("KIERTO_", "DJANGO_", "PYTEST_"))
        }
        return {**kept, "PYTHONPATH": str(self.package), "KIERTO_DATA_DIR": str(self.data)}


def built_wheel(shared: Path) -> Path:
    """The wheel of this checkout, built once for a test run."""
    with _alone(shared, "wheel"):
        folder = shared / "wheel"
        if not folder.exists():
            done = subprocess.run(
                [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
                check=False, cwd=ROOT, capture_output=True, text=True,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
        (wheel,) = folder.glob("*.whl")
        return wheel


def unpacked_wheel(shared: Path) -> Path:
    """A folder with nothing but the wheel's content, to stand first on the import path."""
    wheel = built_wheel(shared)
    with _alone(shared, "package"):
        folder = shared / "package"
        if not folder.exists():
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(folder)
        return folder


def loaded_demonstration(shared: Path) -> Demonstration:
    """The demonstration as loaded from the wheel; not to be changed."""
    package = unpacked_wheel(shared)
    with _alone(shared, "demonstration"):
        said = shared / "demonstration.json"
        data = shared / "demonstration"
        if not said.exists():
            done = Demonstration(package, data, {}).run("demo", "--no-serve", "--json")
            assert done.returncode == 0, done.stderr
            said.write_text(done.stdout.splitlines()[-1], encoding="utf-8")
        return Demonstration(package, data, json.loads(said.read_text(encoding="utf-8")))


@dataclass(frozen=True, slots=True)
class Server:
    """A running `kierto serve`: its address, its process, and what it printed."""

    address: str
    process: subprocess.Popen[bytes]
    log: Path


@contextmanager
def served(demonstration: Demonstration) -> Iterator[Server]:
    """Serve it as `kierto serve` does, and end it as Ctrl-C would."""
    port = _free_port()
    log = demonstration.data / "serve.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "kierto", "serve", "--port", str(port)],
            cwd=demonstration.data.parent,
            env=demonstration.environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        server = Server(f"http://127.0.0.1:{port}", process, log)
        try:
            _wait(server)
            yield server
        finally:
            # A terminal tells the whole group, not the first process only.
            os.killpg(process.pid, signal.SIGINT)
            try:
                process.wait(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                raise


def _wait(server: Server) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{server.address}/about/", timeout=PATIENCE):
                return
        except (urllib.error.URLError, ConnectionError):
            if server.process.poll() is not None:
                break
            time.sleep(0.2)
    raise AssertionError(f"The server did not answer:\n{server.log.read_text(errors='replace')}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _alone(shared: Path, what: str) -> Iterator[None]:
    """Let one worker at a time do this."""
    with (shared / f".{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
