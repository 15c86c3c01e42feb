"""Data sets as they stand in the catalogue: what is looked for, and a card each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import QuerySet

from kierto.hub.datasets.licences import LICENCES
from kierto.hub.datasets.measures import stored
from kierto.hub.datasets.states import DataSetState, Openness
from kierto.hub.datasets.words import REFRESHED, THEMES
from kierto.hub.models import DataSet
from kierto.parties.queries import folded

TONES = {
    DataSetState.DRAFT: "neutral",
    DataSetState.PUBLISHED: "success",
    DataSetState.WITHDRAWN: "warning",
}


def narrowed(found: QuerySet[DataSet], chosen: Mapping[str, str]) -> QuerySet[DataSet]:
    """Those that fit what is looked for; capitals and accents do not matter."""
    plain = {
        "openness": "openness", "licence": "licence", "owner": "owner", "district": "district__slug",
    }  # fmt: skip
    found = found.filter(**{field: chosen[name] for name, field in plain.items() if name in chosen})
    if not {"q", "theme"} & chosen.keys():
        return found
    words, theme = folded(chosen.get("q", "")).split(), chosen.get("theme", "")
    # Neither database folds accents by itself, and a node has some thousand data sets at most.
    rows = found.values_list("pk", "title", "description", "keywords", "themes")
    fitting = [
        pk
        for pk, title, description, keywords, themes in rows
        if (not theme or theme in themes)
        and _holds(words, (title, description, *keywords, *(str(THEMES[one]) for one in themes)))
    ]
    return found.filter(pk__in=fitting)


def _holds(words: Iterable[str], texts: Iterable[str]) -> bool:
    text = folded(" ".join(texts))
    return all(word in text for word in words)


def card_of(data_set: DataSet) -> dict[str, Any]:
    """What its card shows; asks the database nothing."""
    found = stored(data_set)
    return {
        "data_set": data_set,
        "licence": LICENCES.get(data_set.licence),
        "refreshed": REFRESHED.get(data_set.refresh, ""),
        "themes": [THEMES[key] for key in data_set.themes if key in THEMES],
        "measured": found,
        "late": found.is_late(data_set.refresh) if found is not None else None,
        "openness": Openness(data_set.openness).label,
        "is_open": data_set.openness == Openness.OPEN,
        "tone": TONES[DataSetState(data_set.state)],
        "is_published": data_set.state == DataSetState.PUBLISHED,
    }
