"""The operations of the interfaces, for people who read about them."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote, urlencode

import orjson
from django.utils.translation import gettext_noop as _

from kierto.hub.openapi.document import document
from kierto.hub.vocabulary import CONTEXT_NAME

NGSI_LD: Final = "/ngsi-ld/"

GROUPS: Final[tuple[tuple[str, str, str, tuple[str, ...]], ...]] = (
    (
        "entities",
        _("What there is now"),
        _("Entities are the things of the district: a bin, a lamp, an offer, a place."),
        ("entities", "entityOperations"),
    ),
    (
        "kinds",
        _("Which kinds there are"),
        _("Types and attributes, with how many entities have them."),
        ("types", "attributes"),
    ),
    (
        "history",
        _("What was"),
        _("The same entities over time, and sums of them by hour or day."),
        ("temporal",),
    ),
    (
        "files",
        _("Data sets and their catalogue"),
        _("Files to take away, and what data portals harvest."),
        ("catalogue",),
    ),
    (
        "features",
        _("Maps"),
        _("Everything that has a place, for programs for maps (OGC API – Features)."),
        ("features",),
    ),
    (
        "subscriptions",
        _("To be told"),
        _("Your program is called as soon as something changes."),
        ("subscriptions",),
    ),
    (
        "sources",
        _("Other sources"),
        _("Other nodes and programs that answer for a part of the data."),
        ("csourceRegistrations", "csourceSubscriptions"),
    ),
    (
        "words",
        _("Words"),
        _("Contexts say what short names mean."),
        ("jsonldContexts",),
    ),
    (
        "answers",
        _("Answers that are kept"),
        _("Maps keep the order of a long answer, snapshots keep a copy of the data."),
        ("entityMaps", "temporalEntityMaps", "snapshots", "info"),
    ),
)
"""Key, title and meaning of each group, and the tags of its operations; in this order."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operation.

    Attributes:
        name: as it is sent.
        where: ``path``, ``query`` or ``header``.
        meaning: a sentence; in English, to be translated.
        example: as text; empty for none.
        needed: whether the operation cannot do without.
        choices: the only values there are; empty where any is taken.
        kind: of the value: ``string``, ``integer``, ``number``, ``boolean``, ``array``.
    """

    name: str
    where: str
    meaning: str
    example: str
    needed: bool
    choices: tuple[str, ...]
    kind: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation, with all that is said of it.

    Attributes:
        name: of its page.
        group: key of its group.
        method: of HTTP, in capitals.
        path: with its parameters in braces.
        summary: what it does; in English, to be translated.
        scope: what a token must allow.
        parameters: those of the path first.
        answers: status and meaning.
        offered: media types of the answer that was asked for.
        body: an example of what is sent; ``None`` where nothing is.
        body_type: its media type.
    """

    name: str
    group: str
    method: str
    path: str
    summary: str
    scope: str
    parameters: tuple[Parameter, ...]
    answers: tuple[tuple[int, str], ...]
    offered: tuple[str, ...]
    body: str | None
    body_type: str

    @property
    def runs(self) -> bool:
        """Whether the page can send it: it only reads, and only what its reader may."""
        keeps = all(status != 200 for status, _meaning in self.answers)
        return self.method == "GET" and self.scope == "read" and not keeps

    @property
    def typed(self) -> tuple[Parameter, ...]:
        """Parameters that the form of the page asks for: reading there leaves nothing behind."""
        return tuple(
            each
            for each in self.parameters
            if (each.where != "header" and not each.name.startswith(_KEEPING))
            or each.where == "path"
        )

    def address(self, base: str, values: Mapping[str, str] | None = None) -> str:
        """The whole address, with the values given, else with examples in its path.

        Args:
            base: scheme and host.
            values: parameter → text; those of the path are ``path-NAME``.
        """
        said = values if values is not None else self._examples()
        query = {
            each.name: said[each.name]
            for each in self.parameters
            if each.where == "query" and said.get(each.name)
        }
        return (
            base
            + quote(self.filled(said), safe="/:")
            + (f"?{urlencode(query, quote_via=quote, safe=':/,')}" if query else "")
        )

    def filled(self, values: Mapping[str, str]) -> str:
        """The path, decoded, with the values in it."""
        path = self.path
        for each in self.parameters:
            if each.where == "path":
                path = path.replace(f"{{{each.name}}}", values.get(f"path-{each.name}", ""))
        return path

    def _examples(self) -> dict[str, str]:
        found = {f"path-{one.name}": one.example for one in self.parameters if one.where == "path"}
        return found | {
            one.name: one.example
            for one in self.parameters
            if one.where == "query" and (one.needed or one.name in _SHOWN)
        }

    def command(self, base: str) -> str:
        """A command line that sends it, with a place for the token."""
        line = ["curl"] if self.method == "GET" else ["curl", "-X", self.method]
        if self.offered:
            line += ["-H", f"Accept: {self.offered[0]}"]
        if self.group in _WORDY:
            line += ["-H", f"Link: {context_link(base)}"]
        if self.scope != "read":
            line += ["-H", "Authorization: Bearer kierto_…"]
        if self.body is not None:
            line += ["-H", f"Content-Type: {self.body_type}", "--data", self.body]
        elif self.method in {"POST", "PUT", "PATCH"}:
            line += ["-H", "Content-Length: 0"]
        return shlex.join([*line, self.address(base)])


def context_link(base: str) -> str:
    """The header that says what short names mean on this node."""
    return f"<{base}/data/{CONTEXT_NAME}>; {_REL}"


_REL: Final = 'rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'

_SHOWN: Final = frozenset({"timerel", "timeAt", "type"})
"""Parameters of a query that an example names."""

_KEEPING: Final = ("entityMap", "splitEntities")
"""Parameters that make the node keep something."""

_WORDY: Final = frozenset({"entities", "kinds", "history", "subscriptions", "sources"})
"""Groups whose requests use short names, so that they need a context."""


@lru_cache(maxsize=1)
def operations() -> dict[str, Operation]:
    """All operations by name, in the order of the description."""
    written = document()
    shared = written["components"]["parameters"]
    return {
        said["operationId"]: _operation(path, method, said, shared)
        for path, methods in written["paths"].items()
        for method, said in methods.items()
    }


def grouped() -> list[tuple[str, str, str, list[Operation]]]:
    """Key, title, meaning and operations of each group; those that only read come first."""
    found = []
    for key, title, meaning, _tags in GROUPS:
        those = [each for each in operations().values() if each.group == key]
        found.append((key, title, meaning, sorted(those, key=lambda each: not each.runs)))
    return found


def _operation(path: str, method: str, said: dict[str, Any], shared: dict[str, Any]) -> Operation:
    body, body_type = _body(said)
    parameters = [_parameter(each, shared) for each in said["parameters"]]
    needed = [scope for each in said["security"] for scopes in each.values() for scope in scopes]
    good = [
        kind
        for status, answer in said["responses"].items()
        if status.startswith("2")
        for kind in answer.get("content", {})
    ]
    return Operation(
        name=said["operationId"],
        group=_GROUP_OF[said["tags"][0]],
        method=method.upper(),
        path=path,
        summary=said["summary"],
        scope=needed[0],
        parameters=tuple(parameters),
        answers=tuple((int(key), each["description"]) for key, each in said["responses"].items()),
        offered=tuple(dict.fromkeys(good)),
        body=body,
        body_type=body_type,
    )


_GROUP_OF: Final = {tag: key for key, _title, _meaning, tags in GROUPS for tag in tags}


def _parameter(said: dict[str, Any], shared: dict[str, Any]) -> Parameter:
    if "$ref" in said:
        said = shared[said["$ref"].rsplit("/", 1)[-1]]
    schema = said["schema"]
    example = said.get("example")
    return Parameter(
        name=said["name"],
        where=said["in"],
        meaning=said["description"],
        example=_text(example),
        needed=bool(said.get("required")),
        choices=tuple(schema.get("enum", ())),
        kind=schema.get("type", "array"),
    )


def _text(example: Any) -> str:
    if example is None:
        return ""
    if isinstance(example, bool):
        return str(example).lower()
    if isinstance(example, list):
        return ",".join(map(str, example))
    return str(example)


def _body(said: dict[str, Any]) -> tuple[str | None, str]:
    for kind, content in said.get("requestBody", {}).get("content", {}).items():
        if "example" in content:
            return orjson.dumps(content["example"]).decode(), kind
    return None, ""
