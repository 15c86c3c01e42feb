"""Which types of entities are meant (clause 4.17)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kierto.ngsild.selections import parse_selection

if TYPE_CHECKING:
    from kierto.ngsild.contexts import Context


@dataclass(frozen=True, slots=True)
class TypeSelection:
    """Alternatives of types (IRIs); every type of one alternative must be there.

    Attributes:
        any_of: the alternatives; empty for ``*``, which means every entity of this node.
    """

    any_of: tuple[frozenset[str], ...]

    @property
    def everything(self) -> bool:
        """The selection is ``*``: all types, and only what is stored here."""
        return not self.any_of

    @property
    def mentioned(self) -> frozenset[str]:
        """Every type named; an entity that matches has at least one. Empty for ``*``."""
        return frozenset().union(*self.any_of)

    def matches(self, types: Collection[str]) -> bool:
        """Whether an entity of these types is meant."""
        if not self.any_of:
            return True
        return any(wanted.issubset(types) for wanted in self.any_of)


def parse_type_selection(text: str, context: Context) -> TypeSelection:
    """Read ``Building,(Home;Vehicle)``; names are expanded, ``*`` is every type.

    Raises:
        BadRequestData: the text is no selection, or holds a name that is none.
        TooComplexQuery: it is too long.
    """
    if text.strip() == "*":
        return TypeSelection(())
    return TypeSelection(
        tuple(
            frozenset(context.expand_type_name(name) for name in names)
            for names in parse_selection(text, "type")
        )
    )


def write_type_selection(selection: TypeSelection, context: Context | None = None) -> str:
    """The selection as text, with terms of a context or with IRIs."""
    if selection.everything:
        return "*"
    name = context.compact if context is not None else str
    return ",".join(_write(names, name) for names in selection.any_of)


def _write(names: frozenset[str], name: Callable[[str], str]) -> str:
    words = ";".join(sorted(map(name, names)))
    return f"({words})" if len(names) > 1 else words
