"""How programs read a data set: the request, and the files that there are."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode

from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kierto.hub.asking import ROOT
from kierto.hub.datasets.contents import days_of, query_of, type_iris
from kierto.hub.datasets.states import Kind, Openness
from kierto.hub.features.collections import name_of
from kierto.hub.models import DataSet
from kierto.hub.vocabulary import CONTEXT_NAME
from kierto.ngsild.errors import NgsiLdError
from kierto.ngsild.times import write_time

FORMS: Final = (
    ("csv", _("CSV, for spreadsheets")),
    ("geojson", _("GeoJSON, for maps")),
    ("parquet", _("Parquet, for analyses")),
)


@dataclass(frozen=True, slots=True)
class Request:
    """One request to the interface: path with its query, and a command line that sends it."""

    path: str
    curl: str


def request_for(data_set: DataSet, base: str) -> Request | None:
    """The request of NGSI-LD that reads what everybody may read; ``None``: there is none."""
    if data_set.kind == Kind.PLATFORM or data_set.openness == Openness.RESTRICTED:
        return None
    history = data_set.kind == Kind.HISTORY
    path = f"{ROOT}/temporal/entities" if history else f"{ROOT}/entities"
    shown = (
        f"{path}?{urlencode(_parameters(data_set, history=history), quote_via=quote, safe=':,;')}"
    )
    link = (
        f'<{base}/data/{CONTEXT_NAME}>; rel="http://www.w3.org/ns/json-ld#context"; '
        'type="application/ld+json"'
    )
    command = ["curl", "-H", "Accept: application/json", "-H", f"Link: {link}"]
    if data_set.openness != Openness.OPEN:
        command += ["-H", "Authorization: Bearer kierto_…"]
    return Request(shown, shlex.join([*command, f"{base}{shown}"]))


def _parameters(data_set: DataSet, *, history: bool) -> dict[str, str]:
    asked = data_set.asked
    found = {"type": ",".join(asked.get("types", ()))}
    if asked.get("q"):
        found["q"] = asked["q"]
    if asked.get("bbox"):
        found |= _area(data_set)
    if history:
        start = timezone.now() - timedelta(days=days_of(data_set))
        found |= {
            "attrs": ",".join(asked.get("attributes", ())),
            "timerel": "after",
            "timeAt": write_time(start.replace(microsecond=0)),
            "format": "temporalValues",
        }
    else:
        found["format"] = "simplified"
    return found


def _area(data_set: DataSet) -> dict[str, str]:
    try:
        geo = query_of(data_set).geo
    except NgsiLdError:
        return {}
    if geo is None:
        return {}
    coordinates = str(geo.geometry["coordinates"]).replace(" ", "")
    return {"georel": geo.georel, "geometry": "Polygon", "coordinates": coordinates}


def features_of(data_set: DataSet) -> list[tuple[str, str]]:
    """Name and address of the collections of OGC API Features that hold its kinds."""
    if data_set.kind == Kind.PLATFORM or data_set.openness == Openness.RESTRICTED:
        return []
    names = [name_of(iri) for iri in type_iris(data_set)]
    return [(name, reverse("hub:features_collection", args=[name])) for name in names]


def downloads_of(data_set: DataSet) -> list[dict[str, Any]]:
    """The files of it that there are: form, label, address."""
    found = []
    for form, label in FORMS:
        try:
            address = reverse("hub:data_set_file", kwargs={"slug": data_set.slug, "form": form})
        except NoReverseMatch:
            continue
        found.append({"form": form, "label": label, "href": address})
    return found
