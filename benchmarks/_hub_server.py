"""A node served for a benchmark: its database, its process, what it costs."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PREFIX = "/ngsi-ld/v1"
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Server:
    """A running node. ``group`` is the process group of the master and its workers."""

    port: int
    process: subprocess.Popen[bytes]
    environment: dict[str, str]

    def cpu(self) -> float:
        """Seconds of processor time its processes have used so far."""
        total = 0
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit():
                with contextlib.suppress(OSError):
                    text = (folder / "stat").read_text(encoding="utf-8", errors="replace")
                    fields = text.rpartition(")")[2].split()
                    if int(fields[2]) == self.process.pid:
                        total += int(fields[11]) + int(fields[12])
        return total / _TICKS

    def wait(self, seconds: float = 120) -> None:
        """Wait until it answers."""
        until = time.monotonic() + seconds
        address = f"http://127.0.0.1:{self.port}{PREFIX}/types"
        while time.monotonic() < until:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(address, timeout=5).read()  # our own address
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise SystemExit("The server does not answer.")

    def kill(self) -> None:
        """End every process of it at once, as a power cut does."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment_of(folder: Path, url: str, workers: int = 1) -> dict[str, str]:
    """Settings of a node for programs in one's own network, and nothing of this machine's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KIERTO_")}
    return {
        **kept,
        "DJANGO_SETTINGS_MODULE": "kierto.config.settings",
        "KIERTO_DATA_DIR": str(folder),
        "KIERTO_DATABASE_URL": url,
        "KIERTO_WORKERS": str(workers),
        "KIERTO_HUB_OPEN": "1",
        "KIERTO_HUB_INWARD": "1",
        "KIERTO_HUB_FETCH_CONTEXTS": "0",
    }


def migrate(environment: dict[str, str]) -> None:
    subprocess.run(
        [sys.executable, "-m", "kierto", "manage", "migrate", "-v0"], env=environment, check=True
    )


def start(environment: dict[str, str], port: int, log: Path, *, worker: bool = False) -> Server:
    """Start serving, in a process group of its own; do not wait."""
    alone = [] if worker else ["--no-worker"]
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "kierto", "serve", "--port", str(port), *alone],
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    return Server(port, process, environment)


@contextlib.contextmanager
def served(folder: Path, url: str, workers: int = 1) -> Iterator[Server]:
    """A node on its own folder while the context lasts."""
    folder.mkdir(parents=True, exist_ok=True)
    environment = environment_of(folder, url, workers)
    migrate(environment)
    server = start(environment, free_port(), folder / "serve.log")
    try:
        server.wait()
        yield server
    finally:
        server.kill()


@contextlib.contextmanager
def database(kind: str) -> Iterator[str]:
    """The address of a database: none for SQLite, or a PostgreSQL of our own that is durable."""
    if kind == "sqlite":
        yield ""
        return
    sys.path.insert(0, str(ROOT))
    from tests import postgresql

    # The server of the tests forgets what was not written; this one is measured as in earnest.
    postgresql._FAST = {}
    with postgresql.temporary_server() as url:
        yield url
