"""The one door to the network: what a stranger's address may make the node do."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kierto.hub import addresses, outgoing
from kierto.hub.outgoing import Refused, TimedOut, TooLong, Unreachable
from tests.hub.endpoints import answer, listening


@contextmanager
def dripping(pieces: Iterator[bytes]) -> Iterator[str]:
    """A server that says one piece after the other, however long it takes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            with line:
                try:
                    line.recv(65536)
                    for piece in pieces:
                        line.sendall(piece)
                except OSError:
                    return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    thread.join(5)


@pytest.fixture
def inward(settings) -> None:
    settings.HUB_INWARD = True


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    addresses.forget()
    yield
    addresses.forget()


INWARD = [
    "http://127.0.0.1/",
    "http://127.1/",
    "http://127.0.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://0/",
    "http://0.0.0.0/",
    "http://localhost/",
    "http://LOCALHOST./",
    "http://10.1.2.3/",
    "http://172.16.0.1/",
    "http://172.31.255.255:8080/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://2852039166/latest/meta-data/",
    "http://0xA9FEA9FE/",
    "http://100.100.100.200/",
    "http://168.63.129.16/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://240.0.0.1/",
    "http://198.18.0.1/",
    "http://192.0.2.1/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[0:0:0:0:0:ffff:127.0.0.1]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::127.0.0.1]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[64:ff9b:1::1]/",
    "http://[2002:7f00:1::]/",
    "http://[2002:a9fe:a9fe::1]/",
    "http://[fe80::1]/",
    "http://[fc00::1]/",
    "http://[fd00:ec2::254]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    "http://①②⑦.⓪.⓪.①/",
    "http://１２７.0.0.1/",
    "http://127。0。0。1/",
    "https://127.0.0.1:8443/",
]


@pytest.mark.parametrize("url", INWARD)
def test_an_address_that_leads_inward_is_refused_in_every_spelling(url: str):
    with pytest.raises(Refused):
        outgoing.check(url)
    with pytest.raises(Refused):
        outgoing.fetch("GET", url, timeout=2)


@pytest.mark.parametrize(
    "url",
    [
        "",
        None,
        7,
        "/path",
        "//example.org/",
        "example.org",
        "file:///etc/passwd",
        "unix:///var/run/docker.sock",
        "http+unix://%2Fvar%2Frun%2Fdocker.sock/info",
        "gopher://example.org/",
        "ftp://example.org/",
        "dict://example.org:11211/stat",
        "mqtt://example.org/topic",
        "http://",
        "http:///path",
        "http://user@example.org/",
        "http://user:secret@example.org/",
        "http://example.org@127.0.0.1/",
        "http://127.0.0.1\\@example.org/",
        "http://example.org\n.inside/",
        "http://exa\tmple.org/",
        "http://example.org /",
        "http://[fe80::1%25eth0]/",
        "http://[::1/",
        "http://example.org:0/",
        "http://example.org:99999/",
        "http://example.org:port/",
        "http://example.org:25/",
        "http://example.org:22/",
        "http://example.org:6667/",
        "http://example.org/\r\nHost: inside/",
        "http://%31%32%37.0.0.1/",
        "http://example.org/" + "a" * 5000,
    ],
)
def test_what_is_no_plain_url_of_the_web_is_refused(url: object):
    with pytest.raises(Refused):
        outgoing.check(url)


def test_mqtt_addresses_are_judged_alike_and_may_name_a_user():
    with pytest.raises(Refused):
        outgoing.check("mqtt://user:word@127.0.0.1:1883/topic", outgoing.QUEUE)
    with pytest.raises(Refused):
        outgoing.check("mqtts://[::ffff:10.0.0.1]/topic", outgoing.QUEUE)
    with pytest.raises(Refused):
        outgoing.check("http://example.org/", outgoing.QUEUE)
    target = addresses.read_url("mqtts://me:a%40b@Example.org/a/b", outgoing.QUEUE)
    assert (target.host, target.port, target.path) == ("example.org", 8883, "/a/b")
    assert (target.username, target.password) == ("me", "a@b")


def test_credentials_of_clouds_are_refused_even_in_a_closed_network(inward: None):
    outgoing.check("http://10.0.0.1/")
    outgoing.check("http://127.0.0.1:8085/notify")
    for url in ("http://169.254.169.254/", "http://[fd00:ec2::254]/", "http://0.0.0.0/"):
        with pytest.raises(Refused):
            outgoing.check(url)


def test_a_name_that_answers_inward_is_refused(monkeypatch):
    monkeypatch.setattr(addresses, "lookup", lambda *_: [(socket.AF_INET, "10.0.0.7")])
    with pytest.raises(Refused):
        outgoing.check("http://innocent.example/")
    addresses.forget()
    both = [(socket.AF_INET, "93.184.216.34"), (socket.AF_INET6, "::1")]
    monkeypatch.setattr(addresses, "lookup", lambda *_: both)
    with pytest.raises(Refused):
        outgoing.check("http://innocent.example/")
    with pytest.raises(Refused):
        outgoing.fetch("GET", "http://innocent.example/")


def test_the_connection_is_made_to_the_address_that_was_judged(monkeypatch, inward: None):
    """Rebinding: the name's second answer is never asked for between judging and connecting."""
    asked: list[str] = []

    def lookup(host: str, port: int) -> list[tuple[socket.AddressFamily, str]]:
        asked.append(host)
        return [(socket.AF_INET, "127.0.0.1" if len(asked) == 1 else "127.0.0.2")]

    monkeypatch.setattr(addresses, "lookup", lookup)
    with listening(answer(b"here")) as here:
        url = here.url
        port = url.rsplit(":", 1)[1]
        found = outgoing.fetch("GET", f"http://sensor.example:{port}/a?b=c d".replace(" ", "%20"))
        assert found.body == b"here"
        assert here.seen[0].path == "/a?b=c%20d"
        assert here.seen[0].headers["Host"] == f"sensor.example:{port}"
    assert asked == ["sensor.example"]


def test_a_redirect_is_judged_and_carries_no_secret_to_another_host(inward: None):
    with listening(answer(b"there")) as there:
        with listening(answer(b"", 302, Location=f"{there.url}/on")) as here:
            stays = outgoing.fetch("GET", here.url)
            assert stays.status == 302
            found = outgoing.fetch(
                "GET", here.url, headers={"Authorization": "Bearer s", "Accept": "a/b"}, redirects=2
            )
    assert found.body == b"there"
    assert "Authorization" not in there.seen[0].headers
    assert there.seen[0].headers["Accept"] == "a/b"
    with listening(answer(b"", 302, Location="http://169.254.169.254/")) as here:
        with pytest.raises(Refused):
            outgoing.fetch("GET", here.url, redirects=2)
    with listening(answer(b"", 302, Location="file:///etc/passwd")) as here:
        with pytest.raises(Refused):
            outgoing.fetch("GET", here.url, redirects=2)
    with listening(answer(b"", 302, Location="http://[::1")) as here:
        with pytest.raises(Unreachable):
            outgoing.fetch("GET", here.url, redirects=2)
    with listening(answer(b"", 302, Location="/again")) as here:
        with pytest.raises(Unreachable):
            outgoing.fetch("GET", here.url, redirects=3)


def test_a_long_answer_is_not_read_to_its_end(inward: None):
    with listening(answer(b"x" * 1001)) as here:
        url = here.url
        assert len(outgoing.fetch("GET", url, limit_bytes=1001).body) == 1001
        with pytest.raises(TooLong):
            outgoing.fetch("GET", url, limit_bytes=1000)


@pytest.mark.parametrize("where", ["head", "body", "silence"])
def test_an_answer_that_drips_ends_at_the_limit_of_the_whole_call(where: str, inward: None):
    def pieces() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\n" if where != "silence" else b""
        if where == "body":
            yield b"Content-Length: 1000\r\n\r\n"
        for number in range(60):
            time.sleep(0.05)
            if where != "silence":
                yield b"x" if where == "body" else b"X-%d: y\r\n" % number

    with dripping(pieces()) as url:
        with pytest.raises(TimedOut):
            outgoing.fetch("GET", url, timeout=0.4)


@pytest.mark.parametrize("said", [b"", b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\nA" + b"a" * 70000])
def test_what_is_no_answer_is_told_so(said: bytes, inward: None):
    with dripping(iter([said])) as url:
        with pytest.raises(Unreachable):
            outgoing.fetch("GET", url)


def test_nobody_there_is_unreachable(inward: None):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Unreachable):
        outgoing.fetch("POST", f"http://127.0.0.1:{port}/", body=b"{}")


def test_an_unknown_name_passes_the_check_and_fails_the_call(monkeypatch):
    def unknown(*_: object) -> list[tuple[socket.AddressFamily, str]]:
        raise socket.gaierror("unknown")

    monkeypatch.setattr(addresses, "lookup", unknown)
    outgoing.check("http://my.endpoint.example/notify")
    with pytest.raises(Unreachable):
        outgoing.fetch("GET", "http://my.endpoint.example/notify")


def test_a_slow_name_ends_at_the_limit_too(monkeypatch):
    monkeypatch.setattr(addresses, "lookup", lambda *_: time.sleep(0.6))
    with pytest.raises(TimedOut):
        outgoing.fetch("GET", "http://slow.example/", timeout=0.1)


def test_a_connection_is_kept_for_the_next_call(inward: None):
    with listening(answer(b"{}")) as here:
        url = here.url
        for _ in range(5):
            assert outgoing.fetch("POST", url, body=b"[1]").status == 200
        assert len(here.peers) == 1
        assert [seen.body for seen in here.seen] == [b"[1]"] * 5


def test_headers_of_the_connection_cannot_be_given(inward: None):
    with listening(answer(b"")) as here:
        url = here.url
        outgoing.fetch(
            "POST",
            url,
            headers={"Host": "inside", "Transfer-Encoding": "chunked", "X-Kept": "ä"},
            body=b"{}",
        )
        said = here.seen[0].headers
        assert said["Host"] == url.removeprefix("http://")
        assert "Transfer-Encoding" not in said
        with pytest.raises(Refused):
            outgoing.fetch("POST", url, headers={"X-A": "b\r\nX-Evil: c"}, body=b"{}")
        with pytest.raises(Refused):
            outgoing.fetch("POST", url, headers={"X-A: b\r\nX-Evil": "c"}, body=b"{}")


@given(st.text(max_size=60) | st.text(max_size=30).map(lambda text: f"http://{text}/"))
def test_no_text_is_read_as_an_address_by_accident(text: str):
    """Reading either gives a target whose parts no request can be split by, or refuses."""
    try:
        target = addresses.read_url(text)
    except Refused:
        return
    assert target.scheme in {"http", "https"}
    assert target.host.isascii()
    assert not set(target.host) & set(" /\\?#@%\r\n")
    assert target.path.startswith("/")
    assert not set(target.path) & set(" \r\n\t#")


@given(st.integers(0, 2**32 - 1), st.sampled_from(["::ffff:{}", "64:ff9b::{}", "2002:{}::1"]))
def test_a_wrapped_address_is_judged_as_the_one_inside(number: int, wrapping: str):
    inner = addresses.ipaddress.IPv4Address(number)
    high, low = f"{number >> 16:x}", f"{number & 0xFFFF:x}"
    outer = addresses.ipaddress.IPv6Address(wrapping.format(f"{high}:{low}"))

    def passes(address: addresses.IPAddress) -> bool:
        try:
            addresses.judge(address)
        except Refused:
            return False
        return True

    if not passes(inner):
        assert not passes(outer)
