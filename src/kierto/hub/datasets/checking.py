"""Judges what somebody says of a data set, before it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, URLValidator

from kierto.hub.datasets import contents
from kierto.hub.datasets.exports import EXPORTS
from kierto.hub.datasets.licences import LICENCES
from kierto.hub.datasets.states import Kind, Openness
from kierto.hub.datasets.words import REFRESHED, THEMES
from kierto.hub.errors.datasets import (
    DataContactUnusable,
    DataSetAttributesMissing,
    DataSetContentsMissing,
    DataSetContentsUnusable,
    DataSetLicenceNotOpen,
    DataSetTitleMissing,
    DataSetWordUnknown,
)
from kierto.ngsild.errors import NgsiLdError

FIELDS: Final = (
    "title", "description", "district", "licence", "themes", "keywords", "contact", "refresh",
    "openness", "asked", "quality_note",
)  # fmt: skip
"""What is said of a data set and can be changed; its owner and its kind stay."""

_KEYWORDS: Final = 20
_is_mail = EmailValidator()
_is_web = URLValidator(schemes=["https"])


def checked(said: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """What is said, as it is kept.

    Raises:
        DomainError: a word is unknown, or the contents cannot be asked for.
    """
    found = {name: said[name] for name in FIELDS if name in said}
    found["title"] = str(found.get("title", "")).strip()[:200]
    if not found["title"]:
        raise DataSetTitleMissing
    for name, known in (
        ("licence", LICENCES), ("refresh", REFRESHED), ("openness", Openness.values),
    ):  # fmt: skip
        if name in found and found[name] not in known:
            raise DataSetWordUnknown(field=name, word=found[name])
    found["themes"] = _themes(found.get("themes", ()))
    found["keywords"] = _keywords(found.get("keywords", ()))
    found["contact"] = _contact(str(found.get("contact", "")).strip())
    found["asked"] = asked_of(found.get("asked", {}), kind)
    if found.get("openness", Openness.OPEN) == Openness.OPEN:
        licence = LICENCES.get(found.get("licence", ""))
        if licence is not None and not licence.is_open:
            raise DataSetLicenceNotOpen
    return found


def _themes(said: Any) -> list[str]:
    themes = list(dict.fromkeys(said))
    for theme in themes:
        if theme not in THEMES:
            raise DataSetWordUnknown(field="themes", word=theme)
    return themes


def _keywords(said: Any) -> list[str]:
    words = (" ".join(str(word).split())[:60] for word in said)
    return list(dict.fromkeys(word for word in words if word))[:_KEYWORDS]


def _contact(text: str) -> str:
    for is_such in (_is_mail, _is_web) if text else ():
        try:
            is_such(text)
        except ValidationError:
            continue
        return text
    if text:
        raise DataContactUnusable
    return ""


def asked_of(said: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """Which rows, as it is kept.

    Raises:
        DomainError: nothing is asked for, or what means nothing.
    """
    if kind == Kind.PLATFORM:
        export = said.get("export", "")
        if export not in EXPORTS:
            raise DataSetWordUnknown(field="export", word=export)
        return {"export": export}
    if kind not in Kind.values:
        raise DataSetWordUnknown(field="kind", word=kind)
    found = _entities(said)
    if kind == Kind.HISTORY:
        found["attributes"] = [str(name) for name in said.get("attributes", ())]
        if not 0 < len(found["attributes"]) <= contents.ATTRIBUTES:
            raise DataSetAttributesMissing
        days = said.get("days", 365)
        if not isinstance(days, int) or not 1 <= days <= contents.DAYS:
            raise DataSetWordUnknown(field="days", word=days)
        found["days"] = days
    return found


def _entities(said: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"types": [str(name) for name in said.get("types", ())]}
    if not found["types"]:
        raise DataSetContentsMissing
    if str(said.get("q") or "").strip():
        found["q"] = str(said["q"]).strip()
    if said.get("bbox"):
        found["bbox"] = list(said["bbox"])
    try:
        contents.query_from(found)
    except NgsiLdError as error:
        raise DataSetContentsUnusable(reason=error.detail) from error
    return found
