"""Serve the node: web workers by granian, one worker for jobs and a listener to devices beside."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import click

from kierto.config.cli.output import require_migrated, start_django
from kierto.config.environment import Environment

THREADS = 64
"""Threads that answer, of all web workers together."""

FEWEST = 8
"""Threads of one web worker at least."""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port; default: PORT, else 8000.")
@click.option("--no-worker", is_flag=True, help="Run background jobs elsewhere.")
def serve(host: str, port: int | None, no_worker: bool) -> None:
    """Serve this node and run its background jobs. Ctrl-C ends both.

    \b
    kierto serve
    PORT=9000 kierto serve
    """
    start_django()
    require_migrated()
    run_server(host, port, worker=not no_worker)


def run_server(host: str, port: int | None = None, *, worker: bool = True) -> None:
    """Serve until interrupted."""
    from granian import Granian
    from granian.constants import Interfaces

    env = Environment()
    port = port or env.number("PORT", 1, 65535)
    workers = env.number("KIERTO_WORKERS", 1, 64)
    logging.getLogger("_granian").addFilter(_is_news)
    server = Granian(
        "kierto.config.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        # Most of them wait for a commit that others' writes share, or for another node: the more
        # wait, the more share it. Together they need no more connections than PostgreSQL gives.
        blocking_threads=max(THREADS // workers, FEWEST),
        log_level="warning",  # type: ignore[arg-type]
        respawn_failed_workers=True,
        # Ctrl-C in a terminal reaches the workers too, and a worker told twice may never end.
        workers_kill_timeout=3,
    )
    with _background(_commands(env)) if worker else _nothing():
        try:
            server.serve()
        except SystemExit:
            # A worker that heard Ctrl-C before its master did is no failure.
            if not server.interrupt_signal:
                raise


def _is_news(record: logging.LogRecord) -> bool:
    """Whether granian says something else than that there are more threads than processors."""
    return not record.getMessage().startswith("Configuration allows spawning up to")


@contextmanager
def _nothing() -> Iterator[None]:
    yield


@contextmanager
def _background(commands: list[str]) -> Iterator[None]:
    """Keeps each command alive; when one dies, its jobs are marked failed and a new one starts."""
    stopping = threading.Event()
    current: dict[str, subprocess.Popen[bytes]] = {}

    def keep_alive(command: str) -> None:
        while not stopping.is_set():
            line = [sys.executable, "-m", "kierto", "manage", command]
            current[command] = subprocess.Popen(line, env=os.environ.copy())
            current[command].wait()
            stopping.wait(1)

    keepers = [
        threading.Thread(target=keep_alive, args=(each,), name=f"keeps-{each}", daemon=True)
        for each in commands
    ]
    for keeper in keepers:
        keeper.start()
    try:
        yield
    finally:
        stopping.set()
        for process in list(current.values()):
            process.terminate()
        for keeper in keepers:
            keeper.join(timeout=10)
        for process in list(current.values()):
            if process.poll() is None:
                process.kill()


def _commands(env: Environment) -> list[str]:
    """Jobs always; devices where a port or an outside broker is given."""
    listens = env.number("KIERTO_MQTT_PORT", 0, 65535) or env.text("KIERTO_MQTT_URL")
    return ["work", "listen"] if listens else ["work"]
