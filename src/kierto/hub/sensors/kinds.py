"""Kinds of things that districts measure, and what is measured of them, to choose from.

Names of types and attributes are those of Smart Data Models (smartdatamodels.org, 2025; subjects
WasteManagement, Streetlighting, Environment, Weather, Transportation, Parking, Energy, Device,
Building). A device may write any other word, too.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from django.utils.translation import gettext_lazy as _


class Kind(NamedTuple):
    """A type, what people call it, and its attributes with the unit they are usually kept in."""

    name: str
    label: Any
    attributes: tuple[tuple[str, str], ...]


SHARES: Final = frozenset(
    {"fillingLevel", "batteryLevel", "illuminanceLevel", "relativeHumidity", "occupancy"}
)
"""Attributes that Smart Data Models keep as a share of one; people read them as percent."""

_BATTERY: Final = ("batteryLevel", "1")
_CLIMATE: Final = (("temperature", "degC"), ("relativeHumidity", "1"))

KINDS: Final = (
    Kind(
        "WasteContainer",
        _("container for waste"),
        (("fillingLevel", "1"), ("temperature", "degC"), _BATTERY),
    ),
    Kind(
        "Streetlight",
        _("lamppost"),
        (("illuminanceLevel", "1"), ("powerConsumption", "W"), ("powerState", "")),
    ),
    Kind(
        "AirQualityObserved",
        _("air outdoors"),
        (("pm25", "ug/m**3"), ("pm10", "ug/m**3"), ("no2", "ug/m**3"), *_CLIMATE),
    ),
    Kind("IndoorEnvironmentObserved", _("air indoors"), (("co2", "ppm"), *_CLIMATE)),
    Kind(
        "WeatherObserved",
        _("weather"),
        (*_CLIMATE, ("atmosphericPressure", "hPa"), ("windSpeed", "m/s"), ("precipitation", "mm")),
    ),
    Kind("NoiseLevelObserved", _("noise"), (("LAeq", "dB"), ("LAmax", "dB"))),
    Kind(
        "TrafficFlowObserved",
        _("traffic"),
        (("intensity", ""), ("averageVehicleSpeed", "km/h"), ("occupancy", "1")),
    ),
    Kind("CrowdFlowObserved", _("people who pass"), (("peopleCount", ""),)),
    Kind("ParkingSpot", _("parking space"), (("status", ""),)),
    Kind("BikeHireDockingStation", _("station for bicycles"), (("availableBikeNumber", ""),)),
    Kind(
        "ACMeasurement",
        _("meter of electricity"),
        (("totalActiveEnergyImport", "kWh"), ("totalActivePower", "W")),
    ),
    Kind("WaterQualityObserved", _("water"), (("temperature", "degC"), ("pH", ""))),
    Kind("Building", _("building"), _CLIMATE),
    Kind("Device", _("any other device"), (_BATTERY,)),
)


def attributes_for(entity_type: str) -> tuple[tuple[str, str], ...]:
    """What is usually measured of such a thing: attribute and unit; everything for an unknown."""
    known = [kind for kind in KINDS if kind.name == entity_type] or KINDS
    named = [each for kind in known for each in kind.attributes]
    return tuple(dict.fromkeys([*named, _BATTERY]))
