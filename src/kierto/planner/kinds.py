"""The tree of kinds: which kinds a sink of a kind accepts, and from whom a kind inherits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

from kierto.planner.model import Kind

T = TypeVar("T")


class KindTree:
    """A forest of kinds by their parents. Unknown parents and cycles end a walk quietly here;
    :func:`~kierto.planner.validation.flaws_of` is what names them."""

    def __init__(self, kinds: Iterable[Kind]) -> None:
        self.kinds: dict[str, Kind] = {kind.code: kind for kind in kinds}
        self._children: dict[str, list[str]] = defaultdict(list)
        for kind in self.kinds.values():
            if kind.parent is not None:
                self._children[kind.parent].append(kind.code)

    def __contains__(self, code: str) -> bool:
        return code in self.kinds

    def lineage(self, code: str) -> Iterator[str]:
        """The kind itself, then its ever broader kinds."""
        seen: set[str] = set()
        step: str | None = code
        while step is not None and step in self.kinds and step not in seen:
            seen.add(step)
            yield step
            step = self.kinds[step].parent

    def in_cycle(self, code: str) -> bool:
        """Whether the walk to broader kinds comes back to this kind."""
        last = list(self.lineage(code))[-1]
        return self.kinds[last].parent == code

    def accepted(self, code: str) -> frozenset[str]:
        """The kinds that a sink of this kind takes: itself and all narrower ones of its unit."""
        found: set[str] = set()
        waiting = [code]
        while waiting:
            step = waiting.pop()
            if step not in found:
                found.add(step)
                waiting.extend(self._children[step])
        unit = self.kinds[code].unit
        return frozenset(each for each in found if self.kinds[each].unit == unit)

    def accepts(self, sink: str, source: str) -> bool:
        """Whether a sink of kind ``sink`` takes a source of kind ``source``."""
        return sink in self.lineage(source) and self.kinds[sink].unit == self.kinds[source].unit

    def inherited(self, table: Mapping[str, T], code: str, default: T) -> T:
        """The kind's own entry, else the nearest broader kind's, else the default."""
        return next((table[each] for each in self.lineage(code) if each in table), default)
