"""How soon a subscriber hears of a change.

Seconds from sending a change to its arrival at the endpoint, so an upper bound of the time from
the commit. First alone; then while eight clients write other entities; then with a dead and a slow
endpoint subscribed to the same changes; then to a hundred subscribers at once; then how many
changes per second arrive when one writes as fast as one can.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from _harness import Benchmark
from _hub_notices import Listener, latency, send, subscribe
from _hub_server import PREFIX, Server, database, free_port, served

WRITERS = 8
FAN = 100
PROMISED_SECONDS = 0.1
VALUE = {"type": "Property", "value": 0}


def main() -> None:
    bench = Benchmark("How soon a subscriber hears of a change")
    bench.parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    options = bench.start()
    times = 50 if options.quick else 300
    with (
        tempfile.TemporaryDirectory(prefix="kierto-bench-") as folder,
        database(options.database) as url,
        served(Path(folder) / "node", url) as server,
    ):
        alone = latency(server, times)
        told(bench, "alone", alone)
        clean(server)
        with writing(server):
            told(bench, f"while {WRITERS} clients write", latency(server, times))
        clean(server)
        with bad_company(server):
            told(bench, "beside a dead and a slow endpoint", latency(server, times))
        clean(server)
        told(bench, f"all of {FAN} subscribers", fan_out(server, max(5, times // 20)))
        rate = throughput(server, 500 if options.quick else 3000)
        bench.figure("changes that arrive, one client writes", rate, "changes/s")
    bench.finish(kept=alone[0] <= PROMISED_SECONDS)


def told(bench: Benchmark, what: str, seconds: tuple[float, float]) -> None:
    bench.figure(f"{what}, median", seconds[0] * 1000, "ms")
    bench.figure(f"{what}, 95th percentile", seconds[1] * 1000, "ms")


def clean(server: Server) -> None:
    """End all subscriptions; the thing they were told of goes too."""
    address = f"http://127.0.0.1:{server.port}{PREFIX}/subscriptions?limit=1000"
    with urllib.request.urlopen(address, timeout=60) as answer:  # our own address
        for each in json.load(answer):
            send(server, "DELETE", f"/subscriptions/{each['id']}", {})
    send(server, "DELETE", "/entities/urn:ngsi-ld:Probe:1", {})


@contextmanager
def writing(server: Server) -> Iterator[None]:
    """Clients that change other entities meanwhile."""
    stop = threading.Event()

    def write(number: int) -> None:
        name = f"urn:ngsi-ld:Other:{number}"
        send(server, "POST", "/entities", {"id": name, "type": "Other", "n": VALUE})
        count = 0
        while not stop.is_set():
            count += 1
            send(server, "PATCH", f"/entities/{name}/attrs/n", {"value": count})

    with threads(write, WRITERS):
        yield
        stop.set()


@contextmanager
def threads(work: Callable[[int], None], count: int) -> Iterator[None]:
    started = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in started:
        thread.start()
    yield
    for thread in started:
        thread.join()


@contextmanager
def bad_company(server: Server) -> Iterator[None]:
    """Subscribers to the same entity: one does not listen, one takes two seconds."""
    slow = Listener()
    handler = slow.server.RequestHandlerClass
    at_once = handler.do_POST  # type: ignore[attr-defined]

    def slowly(self: object) -> None:
        time.sleep(2)
        at_once(self)

    handler.do_POST = slowly  # type: ignore[attr-defined]
    addresses = {"dead": f"http://127.0.0.1:{free_port()}/", "slow": slow.address}
    for name, address in addresses.items():
        body = {
            "id": f"urn:ngsi-ld:Subscription:{name}",
            "type": "Subscription",
            "entities": [{"type": "Probe"}],
            "notification": {"endpoint": {"uri": address}},
        }
        send(server, "POST", "/subscriptions", body)
    yield
    slow.close()


def fan_out(server: Server, times: int) -> tuple[float, float]:
    """Seconds from sending a change until the last of many subscribers has heard."""
    listener = Listener()
    for number in range(FAN):
        body = {
            "id": f"urn:ngsi-ld:Subscription:fan:{number}",
            "type": "Subscription",
            "entities": [{"type": "Fan"}],
            "notification": {"endpoint": {"uri": f"{listener.address}{number}"}},
        }
        send(server, "POST", "/subscriptions", body)
    seconds = []
    for number in range(times):
        name = f"urn:ngsi-ld:Fan:{number}"
        started = time.perf_counter()
        send(server, "POST", "/entities", {"id": name, "type": "Fan", "n": VALUE})
        if not listener.wait_for(FAN * (number + 1), 60):
            raise SystemExit("A notification is missing.")
        seconds.append(listener.heard[-1][0] - started)
    listener.close()
    return statistics.median(seconds), sorted(seconds)[int(len(seconds) * 0.95)]


def throughput(server: Server, changes: int) -> float:
    """Changes per second that arrive, in as few notifications as they travel in."""
    listener = Listener()
    subscribe(server, listener, "Much")
    started = time.perf_counter()
    for number in range(changes):
        name = f"urn:ngsi-ld:Much:{number}"
        send(server, "POST", "/entities", {"id": name, "type": "Much", "n": VALUE})
    wanted = {f"urn:ngsi-ld:Much:{number}" for number in range(changes)}
    until = time.monotonic() + 60
    while wanted - heard(listener) and time.monotonic() < until:
        time.sleep(0.01)
    listener.close()
    return len(wanted & heard(listener)) / (time.perf_counter() - started)


def heard(listener: Listener) -> set[str]:
    with listener.news:
        return {each["id"] for _, body in listener.heard for each in body["data"]}


if __name__ == "__main__":
    main()
