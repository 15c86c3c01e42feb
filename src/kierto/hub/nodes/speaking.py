"""What nodes say to each other: who they are, which kinds they have, that they come and go."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

import orjson

from kierto.core.errors import DomainError
from kierto.hub import outgoing
from kierto.hub.access import PARTNERS, PUBLIC, Reader
from kierto.hub.errors.nodes import (
    AddressNotTheirs,
    AlreadyJoined,
    InvitationNotValid,
    NodeAddressUnusable,
    NodeNotReached,
    NotReachedFromThere,
)
from kierto.hub.store import reading, tenants
from kierto.ngsild.contexts import CORE
from kierto.ngsild.errors import BadRequestData

JOIN_PATH: Final = "/cities/join/hello/"
LEAVE_PATH: Final = "/cities/leave/"
SECONDS: Final = 10.0
BYTES: Final = 1_000_000
TYPES: Final = 500


@dataclass(frozen=True, slots=True)
class Hello:
    """What a node says of itself when it joins, and what the other answers.

    Attributes:
        name: of the city's node.
        address: where it is reached.
        alias: its name in Via headers.
        key: what the other shall show it from now on.
        types: kinds (IRIs) it has entities of, that a partner may see.
        word: of the invitation; empty in the answer.
    """

    name: str
    address: str
    alias: str
    key: str
    types: list[str]
    word: str = ""


def read_hello(data: Any) -> Hello:
    """A greeting that came over the network.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(data, dict):
        raise ValueError
    texts = {}
    for name, longest in {"name": 100, "address": 300, "alias": 120, "key": 200}.items():
        text = data.get(name)
        if not isinstance(text, str) or not 0 < len(text) <= longest or not text.isprintable():
            raise ValueError
        texts[name] = text
    if " " in texts["alias"] or "," in texts["alias"] or " " in texts["key"]:
        raise ValueError
    word = data.get("word", "")
    types = data.get("types", [])
    if not isinstance(word, str) or not isinstance(types, list) or len(types) > TYPES:
        raise ValueError
    return Hello(**texts, types=read_types(types), word=word[:200])


def read_types(names: list[Any]) -> list[str]:
    """Kinds, as IRIs; what is none is left out."""
    found = []
    for name in names[:TYPES]:
        try:
            found.append(CORE.expand_type_name(name))
        except (BadRequestData, TypeError):
            continue
    return sorted(set(found))


def own_types() -> list[str]:
    """Kinds that this node has entities of, as far as partners may see them."""
    partner = Reader(frozenset({PUBLIC, PARTNERS}))
    return sorted(reading.types(tenants.find(""), partner))[:TYPES]


def greet(address: str, hello: Hello) -> Hello:
    """Says hello to the inviting node; its answer.

    Raises:
        InvitationNotValid, AlreadyJoined: it does not let us in.
        AddressNotTheirs, NotReachedFromThere: it does not reach us at our address.
        NodeNotReached: it does not answer, or not as a node does.
    """
    body = orjson.dumps(asdict(hello))
    answer = _call("POST", address, JOIN_PATH, body=body)
    if answer.status != 200:
        raise _refusal(answer, address, hello.address)
    try:
        return read_hello(orjson.loads(answer.body))
    except ValueError as error:
        raise NodeNotReached(address=address, reason="what it says is not understood") from error


def _refusal(answer: outgoing.Answer, address: str, own_address: str) -> DomainError:
    """Why the other node does not let us in, in its words or ours."""
    try:
        said = orjson.loads(answer.body)
        code = str(said["type"]).rpartition(":")[2]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return NodeNotReached(address=address, reason=_reason(answer))
    refusals: dict[str, DomainError] = {
        InvitationNotValid.code: InvitationNotValid(),
        AlreadyJoined.code: AlreadyJoined(),
        AddressNotTheirs.code: AddressNotTheirs(address=own_address),
        NodeNotReached.code: NotReachedFromThere(address=own_address),
        NodeAddressUnusable.code: NotReachedFromThere(address=own_address),
    }
    return refusals.get(code) or NodeNotReached(address=address, reason=_reason(answer))


def alias_at(address: str) -> str:
    """How the node at an address names itself.

    Raises:
        NodeNotReached: nobody answers there as a node does.
    """
    data = _json(address, "/ngsi-ld/v1/info/sourceIdentity")
    alias = data.get("contextSourceAlias") if isinstance(data, dict) else None
    if not isinstance(alias, str):
        raise NodeNotReached(address=address, reason="it is no node of NGSI-LD")
    return alias


def types_at(address: str, key: str) -> list[str]:
    """Which kinds the node has for us.

    Raises:
        NodeNotReached: it does not answer.
    """
    data = _json(address, "/ngsi-ld/v1/types?local=true", key)
    names = data.get("typeList") if isinstance(data, dict) else None
    if not isinstance(names, list):
        raise NodeNotReached(address=address, reason="what it says is not understood")
    return read_types(names)


def say_goodbye(address: str, key: str) -> bool:
    """Tells the other node that the connection ends; whether it heard."""
    try:
        answer = _call("POST", address, LEAVE_PATH, key=key, body=b"{}")
    except (NodeNotReached, NodeAddressUnusable):
        return False
    return answer.status == 204


def _json(address: str, path: str, key: str = "") -> Any:
    answer = _call("GET", address, path, key=key)
    if answer.status != 200:
        raise NodeNotReached(address=address, reason=_reason(answer))
    try:
        return orjson.loads(answer.body)
    except orjson.JSONDecodeError as error:
        raise NodeNotReached(address=address, reason="what it says is no JSON") from error


def _call(
    method: str, address: str, path: str, *, key: str = "", body: bytes | None = None
) -> outgoing.Answer:
    headers = {"Accept": "application/json"}
    if body is not None:
        headers["Content-Type"] = "application/json"
    if key:
        headers["Authorization"] = f"Bearer {key}"
    try:
        return outgoing.fetch(
            method,
            address + path,
            headers=headers,
            body=body,
            timeout=SECONDS,
            limit_bytes=BYTES,
            purpose="node",
        )
    except outgoing.Refused as error:
        raise NodeAddressUnusable(address=address, reason=str(error).rstrip(".")) from error
    except outgoing.OutgoingError as error:
        raise NodeNotReached(address=address, reason=str(error).rstrip(".")) from error


def _reason(answer: outgoing.Answer) -> str:
    return f"it answered {answer.status}"
