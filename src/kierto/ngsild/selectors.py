"""Selectors of entities as subscriptions and queries by POST carry them (clause 5.2.33)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kierto.ngsild.contexts import CORE
from kierto.ngsild.fields import read_each, read_object, read_pattern, read_text
from kierto.ngsild.matching import Selector
from kierto.ngsild.names import read_uri
from kierto.ngsild.types import parse_type_selection, write_type_selection

if TYPE_CHECKING:
    from kierto.ngsild.contexts import Context

MEMBERS: Final = ("id", "idPattern", "type")


def read_selector(value: Any, path: str, context: Context) -> dict[str, Any]:
    """One selector in the stored form: ``{"types": text of IRIs, "ids"?: […], "idPattern"?}``.

    Raises:
        BadRequestData: its type is missing, or a member is wrong.
    """
    given = read_object(value, path)
    selection = parse_type_selection(read_text(given.get("type"), f"{path}.type"), context)
    stored: dict[str, Any] = {"types": write_type_selection(selection)}
    if given.get("id") is not None:
        if isinstance(given["id"], list):
            stored["ids"] = read_each(given["id"], f"{path}.id", read_uri)
        else:
            stored["ids"] = [read_uri(given["id"], f"{path}.id")]
    if given.get("idPattern") is not None:
        stored["idPattern"] = read_pattern(given["idPattern"], f"{path}.idPattern")
    return stored


def read_selectors(value: Any, path: str, context: Context) -> list[dict[str, Any]]:
    """A list of selectors in the stored form; an empty one is refused."""
    return read_each(value, path, lambda part, where: read_selector(part, where, context))


def selector_of(stored: dict[str, Any]) -> Selector:
    """A stored selector as one to judge by."""
    return Selector(
        types=parse_type_selection(stored["types"], CORE),
        ids=frozenset(stored.get("ids", ())),
        id_pattern=stored.get("idPattern"),
    )


def write_selector(
    stored: dict[str, Any], context: Context, given: dict[str, Any] | None = None
) -> dict[str, Any]:
    """A stored selector as JSON, with terms of a context.

    ``given`` is the selector as it was sent: where its type means the same, it stands as it was.
    """
    written: dict[str, Any] = {}
    ids = stored.get("ids")
    if ids:
        written["id"] = ids[0] if len(ids) == 1 else ids
    if "idPattern" in stored:
        written["idPattern"] = stored["idPattern"]
    meant = parse_type_selection(stored["types"], CORE)
    written["type"] = write_type_selection(meant, context)
    if given is not None:
        as_given = parse_type_selection(given["type"], context)
        if write_type_selection(as_given) == stored["types"]:
            written["type"] = given["type"]
    return written
