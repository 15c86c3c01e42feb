"""Three nodes on one machine: each with its own data, its own key and its own port."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import click
import urllib3

from kierto.config.cli.output import print_json

CITIES: Final = ("Kera", "Prato", "Milan")
KIND: Final = "urn:kierto:hub:Offer"
WAIT_SECONDS: Final = 120
_MARK: Final = "kierto-trial"


@dataclass(frozen=True, slots=True)
class City:
    """One of the nodes."""

    name: str
    folder: Path
    port: int

    @property
    def address(self) -> str:
        """How the others reach it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """What it says while it runs."""
        return self.folder / "node.log"

    def environment(self) -> dict[str, str]:
        """The settings of the node; those of whoever starts the trial do not leak in."""
        kept = {name: v for name, v in os.environ.items() if not name.startswith("KIERTO_")}
        return kept | {
            "KIERTO_DATA_DIR": str(self.folder),
            "KIERTO_NODE_NAME": self.name,
            "KIERTO_HOSTS": "127.0.0.1,localhost",
            # They live on one machine, so they may call addresses inside it.
            "KIERTO_HUB_INWARD": "yes",
            "PORT": str(self.port),
        }

    def run(self, *arguments: str) -> str:
        """Runs one command of the node; what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "kierto", *arguments],
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise click.ClickException(f"{self.name}: {done.stderr.strip()[-2_000:]}")
        return done.stdout


def run_trial(folder: Path, port: int, *, once: bool, as_json: bool) -> int:
    """Shows it; 0 where all that should answer did."""

    def say(text: str) -> None:
        if not as_json:
            click.echo(text)

    cities = [
        City(name, folder.resolve() / name.lower(), port + number)
        for number, name in enumerate(CITIES)
    ]
    _prepare(folder.resolve(), cities, say)
    with ExitStack() as stack:
        running = {city.name: stack.enter_context(_serving(city)) for city in cities}
        for city in cities:
            _wait_for(city, running[city.name])
        for host, guest in _join_all(cities):
            say(f"{guest.name} joined {host.name}.")
        asked = cities[0]
        everybody = _ask(asked)
        _show(say, f"Offers, asked of {asked.name} ({asked.address}) by a visitor", everybody)
        past = _ask(asked, in_time=True)
        _show(say, "Their histories of the last day, asked of the same", past)
        _end(running[cities[-1].name])
        without = _ask(asked)
        _show(say, f"The same after {cities[-1].name} was stopped", without)
        if as_json:
            print_json({"all": everybody, "histories": past, "without_one": without})
        if not once:
            _stay(cities[:-1], running, say)
    return 0 if _as_expected(everybody, past, without) else 1


def _as_expected(everybody: dict[str, Any], past: dict[str, Any], without: dict[str, Any]) -> bool:
    cities = set(CITIES)
    return (
        set(everybody["cities"]) == cities
        and past["cities"] == everybody["cities"]
        and not everybody["warnings"]
        and set(without["cities"]) == cities - {CITIES[-1]}
        and len(without["warnings"]) == 1
    )


# ------------------------------------------------------------------ the nodes


def _prepare(folder: Path, cities: list[City], say: Any) -> None:
    """Empty folders, tables, and what each city has."""
    _empty(folder)
    first = cities[0]
    first.folder.mkdir(parents=True)
    say("Making three nodes …")
    first.run("manage", "migrate", "--verbosity", "0")
    for city in cities[1:]:
        city.folder.mkdir(parents=True)
        for file in first.folder.glob("*.sqlite3*"):
            shutil.copy2(file, city.folder / file.name)

    def load(city: City) -> None:
        data = files("kierto.hub.nodes") / "trial" / f"{city.name.lower()}.json"
        file = city.folder / "entities.json"
        file.write_bytes(data.read_bytes())
        city.run("nodes", "load", str(file))

    with ThreadPoolExecutor(len(cities)) as pool:
        list(pool.map(load, cities))


def _empty(folder: Path) -> None:
    mark = folder / _MARK
    if folder.exists() and any(folder.iterdir()):
        if not mark.exists():
            raise click.ClickException(
                f"{folder} holds something else. Name an empty folder: --folder"
            )
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    mark.write_text("This folder is emptied by: kierto nodes demo\n", encoding="utf-8")


@contextmanager
def _serving(city: City) -> Iterator[subprocess.Popen[bytes]]:
    with city.log.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "kierto", "serve", "--no-worker"],
            env=city.environment(),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends a node and its workers, by their own process group."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
        except ProcessLookupError:
            return
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            continue


def _wait_for(city: City, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib3.request("GET", f"{city.address}/ngsi-ld/v1/types", timeout=5, retries=False)
            return
        except urllib3.exceptions.HTTPError:
            time.sleep(0.2)
    raise click.ClickException(f"{city.name} did not start; {city.log} says why.")


def _join_all(cities: list[City]) -> list[tuple[City, City]]:
    """Every city invites those after it, and they join."""
    pairs = [(host, guest) for at, host in enumerate(cities) for guest in cities[at + 1 :]]

    def join(pair: tuple[City, City]) -> None:
        host, guest = pair
        made = json.loads(host.run("nodes", "invite", "--address", host.address, "--json"))
        guest.run("nodes", "add", made["link"], "--address", guest.address)

    with ThreadPoolExecutor(len(pairs)) as pool:
        list(pool.map(join, pairs))
    return pairs


def _ask(city: City, *, in_time: bool = False) -> dict[str, Any]:
    """What a visitor gets: entities by city, and warnings.

    Args:
        in_time: histories of the last day are asked for, and not what is there now.
    """
    address = f"{city.address}/ngsi-ld/v1/entities?type={KIND}&format=simplified&limit=100"
    if in_time:
        since = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        address = address.replace("/entities", "/temporal/entities")
        address += f"&timerel=after&timeAt={since}&timeproperty=modifiedAt"
    started = time.monotonic()
    response = urllib3.request("GET", address, timeout=30, retries=False)
    entities = response.json()
    warnings = response.headers.getlist("NGSILD-Warning")
    found: dict[str, list[str]] = {}
    for entity in entities:
        named = {
            name.rsplit("/", 1)[-1].rsplit(":", 1)[-1]: _last(value)
            for name, value in entity.items()
        }
        found.setdefault(str(named.get("district")), []).append(str(named.get("name")))
    return {
        "request": address,
        "cities": found,
        "warnings": warnings,
        "seconds": round(time.monotonic() - started, 3),
    }


def _last(value: Any) -> Any:
    """A value, or the last one of a history."""
    if isinstance(value, dict):
        pairs = value.get("values") or value.get("objects")
        return pairs[-1][0] if pairs else value
    return value


def _show(say: Any, title: str, answer: dict[str, Any]) -> None:
    say(f"\n{title}, {answer['seconds']:.2f} s:")
    for city, names in sorted(answer["cities"].items()):
        for name in sorted(names):
            say(f"  {city:<8} {name}")
    for warning in answer["warnings"]:
        say(f"  warning: {warning}")


def _stay(cities: list[City], running: dict[str, subprocess.Popen[bytes]], say: Any) -> None:
    say("\nStill running, until Ctrl-C:")
    for city in cities:
        say(f"  {city.name:<8} {city.address}/cities/")
    try:
        while all(running[city.name].poll() is None for city in cities):
            time.sleep(0.5)
    except KeyboardInterrupt:
        say("\nEnded.")
