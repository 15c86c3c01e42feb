"""The public conformance suite of NGSI-LD against a node of one's own, started for it.

    python tools/conformance.py SUITE [PATHS…]

SUITE is a folder with the suite (``TP/``, ``data/``, ``resources/``). A node with an empty data
folder, and a broker of MQTT, are started on free ports and ended afterwards. Nothing is fetched:
Robot Framework is taken from the environment variable ROBOT, else from ``.venv-robot``, else from
the PATH; the contexts that payloads name from the suite and from the folder CONTEXTS. The last
line is JSON: passed, failed, seconds. The failures, each with its reason, go to a file.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from xml.etree import ElementTree

from click import echo

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
MQTT_PORT = 1883


def main(arguments: Sequence[str]) -> int:
    """Runs the suite; 0 where everything passed, 1 where something failed, 2 on a wrong call."""
    if len(arguments) == 3 and arguments[0] == "--broker":
        asyncio.run(_serve_broker([int(port) for port in arguments[1:]]))
        return 0
    # Who ends this ends what it started, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return _run(arguments)
    except _Wrong as error:
        echo(str(error), err=True)
        return 2


class _Wrong(Exception):
    """The call cannot be carried out; the text says what to do."""


def _run(arguments: Sequence[str]) -> int:
    suite, paths = _suite(arguments)
    robot = _robot()
    output = Path(os.environ.get("OUTPUT") or ROOT / "var" / "conformance").resolve()
    output.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kierto-suite-")))
        port = stack.enter_context(_node(suite, folder, output / "node.log"))
        ports = [_free_port() for _ in range(4)]
        stack.enter_context(_broker(ports[3], output / "mqtt.log"))
        _run_robot(robot, suite, paths, output, port, ports)
    passed, failures = _results(output / "output.xml")
    listed = output / "failures.txt"
    listed.write_text("".join(f"{name}\n    {why}\n" for name, why in failures), encoding="utf-8")
    echo(f"Failures: {listed}")
    seconds = round(time.monotonic() - started, 1)
    echo(json.dumps({"passed": passed, "failed": len(failures), "seconds": seconds}))
    return 1 if failures or not passed else 0


def _suite(arguments: Sequence[str]) -> tuple[Path, list[str]]:
    if not arguments:
        raise _Wrong("Name the folder of the suite: make conformance SUITE=FOLDER")
    suite = Path(arguments[0]).resolve()
    if not (suite / "TP").is_dir() or not (suite / "resources").is_dir():
        raise _Wrong(f"{suite} is no conformance suite: it has no folders TP and resources.")
    paths = list(arguments[1:]) or ["TP/NGSI-LD"]
    for path in paths:
        if not (suite / path).exists():
            raise _Wrong(f"{suite} has no {path}.")
    return suite, paths


def _robot() -> str:
    given = os.environ.get("ROBOT", "")
    for candidate in (given, str(ROOT / ".venv-robot" / "bin" / "robot"), "robot"):
        found = shutil.which(candidate) if candidate else None
        if found:
            return found
        if candidate == given and given:
            raise _Wrong(f"ROBOT is {given}, which cannot be run.")
    raise _Wrong(
        "Robot Framework is not here. docs/how-to/run-the-conformance-suite.md says how to put it "
        "into .venv-robot; or name it: ROBOT=/path/to/robot"
    )


# --------------------------------------------------------------------- the node


#: Where the suite keeps the contexts of its own that its payloads name.
_OWN_CONTEXTS = Path("resources", "jsonld-contexts")

#: Older homes of the suite's contexts, which some payloads still name: the files they were.
_MOVED = {
    "ngsildTestSuite.jsonld": "ngsi-ld-test-suite.jsonld",
    "ngsildTestSuiteV1.8-compound.jsonld": "ngsi-ld-test-suite-compound.jsonld",
}

#: Contexts of others that tests host, list and delete. No test uses a term of them, so one
#: without terms does where nobody has put the file.
_FOREIGN = {
    "http://smartdatamodels.org/context.jsonld": "smartdatamodels.jsonld",
    "https://fiware.github.io/data-models/context.jsonld": "fiware.jsonld",
    "https://fiware.github.io/NGSI-LD_TestSuite/ldContext/testContext.jsonld": "testContext.jsonld",
}


def _contexts(suite: Path, folder: Path) -> Path:
    """The suite's context files and those of CONTEXTS, under all names that payloads use."""
    named = os.environ.get("CONTEXTS")
    given = Path(named or ROOT.parent / "shared" / "data" / "contexts")
    if named and not given.is_dir():
        raise _Wrong(f"CONTEXTS is {named}, which is no folder.")
    contexts = folder / "contexts"
    contexts.mkdir()
    for source in (suite / _OWN_CONTEXTS, given):
        if source.is_dir():
            shutil.copytree(source, contexts, dirs_exist_ok=True)
    for name, file in _MOVED.items():
        if (contexts / file).is_file() and not (contexts / name).exists():
            shutil.copy(contexts / file, contexts / name)
    _stand_in(contexts)
    return contexts


def _stand_in(contexts: Path) -> None:
    """Puts a context without terms where a foreign one is missing, and says so."""
    listed = contexts / "map.json"
    exact = json.loads(listed.read_text("utf-8")) if listed.is_file() else {}
    for url, name in _FOREIGN.items():
        if url in exact:
            continue
        exact[url] = name
        if not (contexts / name).is_file():
            echo(f"Without its terms, as no file is given for it: {url}")
            (contexts / name).write_text('{"@context": {}}', encoding="utf-8")
    listed.write_text(json.dumps(exact), encoding="utf-8")


def _environment(suite: Path, folder: Path) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("KIERTO_") or name == "KIERTO_DATABASE_URL"
    }
    return kept | {
        "KIERTO_DATA_DIR": str(folder),
        "KIERTO_HUB_OPEN": "yes",
        "KIERTO_HUB_INWARD": "yes",
        "KIERTO_HUB_HISTORY_PAGE": "30",  # what the suite's tests of pages count on
        "KIERTO_HUB_CONTEXTS": str(_contexts(suite, folder)),
    }


@contextmanager
def _node(suite: Path, folder: Path, log: Path) -> Iterator[int]:
    environment = _environment(suite, folder)
    command = [sys.executable, "-m", "kierto"]
    with log.open("wb") as file:
        subprocess.run(
            [*command, "manage", "migrate", "--verbosity", "0"],
            env=environment, cwd=ROOT, stdout=file, stderr=file, check=True,
        )  # fmt: skip
        port = _free_port()
        process = subprocess.Popen(
            [*command, "serve", "--port", str(port)],
            env=environment, cwd=ROOT, stdout=file, stderr=file, start_new_session=True,
        )  # fmt: skip
        with _ended(process):
            _wait_for(port, process, log)
            yield port


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    address = f"http://{HOST}:{port}/ngsi-ld/v1/info/sourceIdentity"
    for _ in range(300):
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise _Wrong(f"The node did not start; {log} says why.")


@contextmanager
def _ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Ends a process and what it started, by their own process group."""
    try:
        yield
    finally:
        for sign in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(process.pid, sign)
            except ProcessLookupError:
                break
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                continue


# ------------------------------------------------------------- the broker of MQTT


@contextmanager
def _broker(second_port: int, log: Path) -> Iterator[None]:
    """Listens where the suite expects one (port 1883) and on a second port."""
    first = str(MQTT_PORT) if _is_free(MQTT_PORT) else str(_free_port())
    if first != str(MQTT_PORT):
        echo(f"Port {MQTT_PORT} is taken: tests of MQTT meet whatever listens there.")
    command = [sys.executable, str(Path(__file__).resolve()), "--broker", first, str(second_port)]
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file, start_new_session=True)
        with _ended(process):
            yield


async def _serve_broker(ports: list[int]) -> None:
    from amqtt.broker import Broker

    listeners = {
        name: {"type": "tcp", "bind": f"{HOST}:{port}"}
        for name, port in zip(("default", "second"), ports, strict=True)
    }
    broker = Broker(
        {
            "listeners": listeners,
            "plugins": {
                "amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}
            },
        }
    )
    await broker.start()
    await asyncio.Event().wait()


# -------------------------------------------------------------------- the suite


def _run_robot(
    robot: str, suite: Path, paths: list[str], output: Path, port: int, ports: list[int]
) -> None:
    notifications, sources, contexts, mqtt = ports
    root = f"http://{HOST}:{port}/ngsi-ld/v1"
    variables = {
        "url": root,
        "temporal_api_url": root,
        "notification_server_host": HOST,
        "notification_server_port": str(notifications),
        "context_source_host": HOST,
        "context_source_port": str(sources),
        "context_server_host": HOST,
        "context_server_port": str(contexts),
        "mqtt_broker_host": HOST,
        "mqtt_broker_non_default_port": str(mqtt),
    }
    command = [robot, "--outputdir", str(output), "--output", "output.xml"]
    command += ["--log", "NONE", "--report", "NONE", "--console", "dotted"]
    for name, value in variables.items():
        command += ["--variable", f"{name}:{value}"]
    subprocess.run([*command, *paths], cwd=suite, check=False)


def _results(file: Path) -> tuple[int, list[tuple[str, str]]]:
    """How many passed; the failed, by name, with what the suite says of each."""
    passed, failures, names = 0, [], []
    events = ElementTree.iterparse(file, events=("start", "end"))  # noqa: S314  (robot wrote it)
    for event, element in events:
        if element.tag == "suite":
            if event == "start":
                names.append(element.get("name", ""))
            else:
                names.pop()
                element.clear()
        elif element.tag == "test" and event == "end":
            status = element.find("status")
            if status is not None and status.get("status") == "PASS":
                passed += 1
            elif status is not None and status.get("status") == "FAIL":
                why = " ".join((status.text or "").split())[:600]
                failures.append((" / ".join([*names[1:], element.get("name", "")]), why))
            element.clear()
    return passed, failures


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
        return port


def _is_free(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError:
            return False
        return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
