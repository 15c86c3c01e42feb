"""Reading files of the urban-metabolism process database: one YAML file a process.

A file states the flows per unit of its ``main`` flow (negative is an input), a capacity in units
of the main flow a second, and a readiness letter. Reading is strict and safe: only plain values,
no anchors, no deep nesting, no large files. One slip is forgiven because it is common in the
published files and touches no number: a reference with a colon that lacks its quotation marks.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from kierto.catalogue.errors import CannotRead
from kierto.core.text import Sentence as _

LARGEST_FILE = 200_000
DEEPEST = 8
_FREE_TEXT = re.compile(r"(?m)^(\s*(?:ref|justification):[ \t]+)(\S.*?)[ \t]*$")
_SAFE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NUMBER = re.compile(r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")

READINESS = {"l": 4, "ml": 5, "m": 6, "r": 8, "rc": 8, "c": 9, "cc": 9}
"""Letters of the database to technology readiness levels, judged by the justifications given:
laboratory, between the two, pilot ("medium"), recently commercial, commercial. A letter written
twice stands for itself; of two different ones the lower counts."""


@dataclass(frozen=True, slots=True)
class StatedFlow:
    """One flow as the file states it."""

    name: str
    value: float
    unit: str
    reference: str


@dataclass(frozen=True, slots=True)
class StatedProcess:
    """One file, understood but not judged."""

    name: str
    flows: tuple[StatedFlow, ...]
    capacity: float
    capacity_reference: str
    readiness_level: int | None
    readiness_reference: str
    main: str
    mended: bool

    def flow(self, name: str) -> StatedFlow | None:
        """The flow of that name."""
        return next((flow for flow in self.flows if flow.name == name), None)


def read_process(data: bytes) -> StatedProcess:
    """Understand one file.

    Raises:
        CannotRead: says what cannot be understood.
    """
    if len(data) > LARGEST_FILE:
        raise _left(_("The file is larger than %(limit)s kB."), limit=LARGEST_FILE // 1000)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _left(_("The text is not encoded in UTF-8.")) from error
    try:
        content, mended = _parsed(text), False
    except yaml.YAMLError:
        content, mended = _parsed_with_quotes(text), True
    return _understood(content, mended)


def _left(reason: Any, **fields: Any) -> CannotRead:
    return CannotRead(str(reason) % fields if fields else str(reason))


def _parsed(text: str) -> Any:
    depth = 0
    for event in yaml.parse(text, Loader=_SAFE):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _left(_("It uses anchors or aliases; write every value out."))
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise _left(_("It is nested deeper than %(limit)s levels."), limit=DEEPEST)
    node = yaml.compose(text, Loader=_SAFE)
    if node is not None:
        for key in _repeated(node):
            raise _left(_("It has the key “%(key)s” twice in one place."), key=key)
    return yaml.load(text, Loader=_SAFE)  # noqa: S506 (the safe one, in C where there is one)


def _parsed_with_quotes(text: str) -> Any:
    quoted = _FREE_TEXT.sub(lambda m: m[1] + "'" + m[2].replace("'", "''") + "'", text)
    try:
        return _parsed(quoted)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 0
        raise _left(_("It is not valid YAML (line %(line)s)."), line=line) from error


def _repeated(node: yaml.Node) -> Iterator[str]:
    if isinstance(node, yaml.MappingNode):
        keys = [key.value for key, _value in node.value if isinstance(key, yaml.ScalarNode)]
        yield from sorted({key for key in keys if keys.count(key) > 1})
        for _key, value in node.value:
            yield from _repeated(value)


def _understood(content: Any, mended: bool) -> StatedProcess:
    if not isinstance(content, dict) or not isinstance(content.get("flow"), dict):
        raise _left(_("It is no process file: “flow” is missing."))
    flows = tuple(_flow(str(name), stated) for name, stated in content["flow"].items())
    capacity, readiness = content.get("capacity"), content.get("trl")
    if not isinstance(capacity, dict):
        raise _left(_("“capacity” is missing."))
    letter = str(readiness.get("level")) if isinstance(readiness, dict) else ""
    return StatedProcess(
        name=str(content.get("process") or ""),
        flows=flows,
        capacity=_number(capacity.get("value"), "capacity"),
        capacity_reference=_text(capacity.get("ref")),
        readiness_level=READINESS.get(letter),
        readiness_reference=_text(readiness.get("ref")) if isinstance(readiness, dict) else "",
        main=str(content.get("main") or ""),
        mended=mended,
    )


def _flow(name: str, stated: Any) -> StatedFlow:
    if not isinstance(stated, dict):
        raise _left(_("Flow “%(flow)s” has no value and unit."), flow=name)
    return StatedFlow(
        name=name,
        value=_number(stated.get("value"), name),
        unit=str(stated.get("unit") or ""),
        reference=_text(stated.get("ref")),
    )


def _number(value: Any, where: str) -> float:
    """A finite number; also where YAML reads ``-9e-04`` as text."""
    if isinstance(value, str) and _NUMBER.match(value.strip()):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e15:
        raise _left(
            _("“%(where)s” holds a placeholder instead of a number: %(value)s."),
            where=where,
            value=_text(value)[:60] or "–",
        )
    if math.isnan(value):
        raise _left(_("“%(where)s” is not a number."), where=where)
    return float(value)


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()
