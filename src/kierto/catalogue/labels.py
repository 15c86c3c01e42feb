"""Names in the reader's language, with a fallback that never shows a bare code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.translation import get_language

if TYPE_CHECKING:
    from kierto.catalogue.models import ResourceSpecification

FALLBACK_LANGUAGE = "en"


def reading_language(language: str | None = None) -> str:
    """``language``, else the active one, without its region."""
    return (language or get_language() or FALLBACK_LANGUAGE).split("-")[0]


def label_of(kind: ResourceSpecification, language: str | None = None) -> str:
    """The kind's label in ``language`` (default: the active one), else in English, else its code
    in words."""
    wanted = reading_language(language)
    labels = {entry.language: entry.label for entry in kind.labels.all()}
    return labels.get(wanted) or labels.get(FALLBACK_LANGUAGE) or kind.code.replace("-", " ")


def in_language(names: Mapping[str, str], fallback: str, language: str | None = None) -> str:
    """The name for the reader out of names by language, else ``fallback``."""
    return names.get(reading_language(language)) or fallback
