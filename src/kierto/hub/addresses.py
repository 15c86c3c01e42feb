"""Which addresses the node may call, and what a URL that somebody else wrote really names.

A subscription, a registration or a context makes the node call an address that a stranger chose.
Whoever may choose freely reaches the machines behind the node (server-side request forgery), so
nothing is judged by its spelling: the name is resolved, every address it has is judged, and the
connection is made to the very address that was judged (see :mod:`kierto.hub.outgoing`).
"""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from django.conf import settings

from kierto.hub.refusals import Refused, TimedOut, Unreachable

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
SchemePorts = dict[str, int]

WEB: SchemePorts = {"http": 80, "https": 443}
QUEUE: SchemePorts = {"mqtt": 1883, "mqtts": 8883}

LONGEST_URL = 4096
_KEPT_SECONDS = 30.0  # how long a name stands for the addresses found, as short-lived as DNS gets
_UNKNOWN_SECONDS = 3.0
_MOST_KEPT = 4096

# Ports of protocols that would take the text of a request for commands of their own, and which
# browsers do not call either ("port blocking", WHATWG Fetch, 2025).
_PORTS_OF_OTHERS = frozenset(
    {1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95}
    | {101, 102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161}
    | {179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563}
    | {587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060}
    | {5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080}
)

# Where clouds hand machines their own credentials: never called, not even in a closed network.
# All of 169.254.0.0/16 and fe80::/10 is refused as link-local anyway.
_CREDENTIALS = frozenset(
    ipaddress.ip_address(each) for each in ("100.100.100.200", "168.63.129.16", "fd00:ec2::254")
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # the last four bytes are an IPv4 address: RFC 6052
_COMPATIBLE = ipaddress.IPv6Network("::/96")  # likewise, of old: RFC 4291
_LOCAL_NAT64 = ipaddress.IPv6Network("64:ff9b:1::/48")  # RFC 8215


@dataclass(frozen=True, slots=True)
class Target:
    """What a URL names. ``host`` is lower-case ASCII; ``path`` begins with "/" and has the query."""

    scheme: str
    host: str
    port: int
    path: str
    username: str = ""
    password: str = ""

    @property
    def authority(self) -> str:
        """Host and, where it is not the usual one, port: as the Host header says it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = (WEB | QUEUE)[self.scheme]
        return host if self.port == usual else f"{host}:{self.port}"


def read_url(url: object, schemes: SchemePorts = WEB) -> Target:
    """The parts of a URL.

    Raises:
        Refused: it is no URL of these schemes, or one that two readers could read differently.
    """
    if not isinstance(url, str) or not url or len(url) > LONGEST_URL:
        raise Refused("The address is no URL, or a very long one.")
    if any(sign <= " " or sign in '\\"<>^`{|}\x7f' for sign in url):
        raise Refused("The address holds signs that no URL may hold.")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise Refused("The address is no URL.") from error
    usual = schemes.get(parts.scheme)
    if usual is None:
        raise Refused(f"The address must begin with {' or '.join(f'{s}://' for s in schemes)}.")
    if not host or "%" in host or port == 0:
        raise Refused("The address names no host that can be called.")
    if "@" in parts.netloc and schemes is not QUEUE:
        raise Refused("The address holds a user name or a password, which do not belong there.")
    if (port or usual) in _PORTS_OF_OTHERS:
        raise Refused("The port of the address belongs to another protocol.")
    return Target(
        parts.scheme,
        _ascii_host(host),
        port or usual,
        _path(parts.path, parts.query),
        unquote(parts.username or ""),
        unquote(parts.password or ""),
    )


def _ascii_host(host: str) -> str:
    if host.isascii():
        return host.lower().removesuffix(".")  # the root of all names may be left out
    try:
        return host.encode("idna").decode("ascii").lower().removesuffix(".")
    except UnicodeError as error:
        raise Refused("The host of the address is no name.") from error


def _path(path: str, query: str) -> str:
    safe = "/%:@!$&'()*+,;=~-._?"
    whole = quote(path or "/", safe=safe)
    return f"{whole}?{quote(query, safe=safe)}" if query else whole


def inward_allowed() -> bool:
    """Whether the operator lets the node call addresses of its own network."""
    return bool(getattr(settings, "HUB_INWARD", False))


def judge(address: IPAddress) -> None:
    """Nothing, when the node may call this address.

    Raises:
        Refused: it leads inward, or is no address of one machine.
    """
    for each in _meanings(address):
        if (
            each in _CREDENTIALS
            or each.is_link_local
            or each.is_multicast
            or each.is_unspecified
            or str(each) == "255.255.255.255"
        ):
            raise Refused("The address is one that the node never calls.")
        if _is_inward(each) and not inward_allowed():
            raise Refused(
                "The address leads inward, into the node's own network. An operator may allow it "
                "with KIERTO_HUB_INWARD."
            )


def _is_inward(address: IPAddress) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and (
        address.is_site_local or address in _LOCAL_NAT64
    ):
        return True
    return not address.is_global


def _meanings(address: IPAddress) -> list[IPAddress]:
    """The address, and the IPv4 address it carries when it is an IPv6 one that carries one."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    last = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    if address.ipv4_mapped is not None or address in _NAT64:
        return [last]  # the very same machine: the wrapping itself is not judged
    carried: list[IPAddress] = [address]
    if address.sixtofour is not None:
        carried.append(address.sixtofour)
    if address.teredo is not None:
        carried.extend(address.teredo)
    if address in _COMPATIBLE and int(address) > 1:
        carried.append(last)
    return carried


@dataclass(frozen=True, slots=True)
class Place:
    """One judged address to connect to."""

    family: socket.AddressFamily
    address: str
    port: int


Lookup = Callable[[str, int], list[tuple[socket.AddressFamily, str]]]

_lock = threading.Lock()
_known: dict[tuple[str, int], tuple[float, list[tuple[socket.AddressFamily, str]]]] = {}
_resolvers: ThreadPoolExecutor | None = None


def _ask_the_system(host: str, port: int) -> list[tuple[socket.AddressFamily, str]]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    # The system reads 2130706433, 0177.1 and 127.1 as addresses: what it makes of them is judged.
    return [(family, str(where[0])) for family, _, _, _, where in found]


lookup: Lookup = _ask_the_system


def places_of(host: str, port: int, *, seconds: float) -> list[Place]:
    """Where this host is, judged: every one of its addresses may be called.

    Raises:
        Refused: one of them leads inward. A name that answers both is up to no good.
        Unreachable: the name is not known.
        TimedOut: nobody said in time.
    """
    places = []
    for family, text in _resolved(host, port, seconds):
        try:
            address = ipaddress.ip_address(text)
        except ValueError as error:  # with a zone, for example fe80::1%eth0
            raise Refused("The address is one that the node never calls.") from error
        judge(address)
        places.append(Place(family, text, port))
    return places


def _resolved(host: str, port: int, seconds: float) -> list[tuple[socket.AddressFamily, str]]:
    key = (host, port)
    known = _known.get(key)
    if known is not None and known[0] > time.monotonic():
        if not known[1]:
            raise Unreachable("The host of the address is not known.")
        return known[1]
    try:
        # The system's resolver knows no time limit, so it works aside and may be left behind.
        found = _pool().submit(lookup, host, port).result(timeout=max(seconds, 0.01))
    except Late as error:
        # Who asks again soon is not worth another thread that waits.
        _keep(key, [], _UNKNOWN_SECONDS)
        raise TimedOut("The name of the host could not be looked up in time.") from error
    except (OSError, UnicodeError) as error:
        _keep(key, [], _UNKNOWN_SECONDS)
        raise Unreachable("The host of the address is not known.") from error
    _keep(key, found, _KEPT_SECONDS if found else _UNKNOWN_SECONDS)
    if not found:
        raise Unreachable("The host of the address is not known.")
    return found


def _keep(
    key: tuple[str, int], found: list[tuple[socket.AddressFamily, str]], seconds: float
) -> None:
    with _lock:
        if len(_known) >= _MOST_KEPT:
            _known.clear()
        _known[key] = (time.monotonic() + seconds, found)


def _pool() -> ThreadPoolExecutor:
    global _resolvers
    with _lock:
        if _resolvers is None:
            _resolvers = ThreadPoolExecutor(max_workers=64, thread_name_prefix="kierto-names")
        return _resolvers


def forget() -> None:
    """Forget what names stood for, and the threads: a forked process has none of them."""
    global _resolvers, _lock
    _lock = threading.Lock()
    _resolvers = None
    _known.clear()
