"""A district with plausible profiles, for examples, tests and measurements. Deterministic.

Nothing here is measured data. The shapes and figures, with their sources, are listed in
``docs/explanation/planner-dispatch.md``; ``seed`` varies sizes and weather, always alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import numpy as np

from kierto.planner.dispatch.district import Floats
from kierto.planner.dispatch.model import (
    Battery,
    Boiler,
    Building,
    DispatchProblem,
    Grid,
    HeatPump,
    Hours,
    Solar,
    Tank,
    WasteHeat,
)

YEAR = 8760
LATITUDE = 60.0
COLDEST_DAY = 20
"""Day of the year around which the yearly temperature wave is lowest."""


@dataclass(frozen=True, slots=True)
class Weather:
    """Outdoor temperature (°C) and sun on a tilted roof (kWh per kWp), by hour."""

    hour: Floats
    day: Floats
    temperature: Floats
    sun: Floats


def typical_district(
    buildings: int = 50, hours: int = 168, *, seed: int = 0, first_hour: int = 24 * 66
) -> DispatchProblem:
    """Homes and offices at 60° north, with sun on roofs, batteries, heat pumps and a data centre.

    ``first_hour`` counts from the start of the year; the default is a week in March, when cold
    and sun meet.
    """
    rng = np.random.default_rng(seed)
    weather = _weather(hours, first_hour, rng)
    parts: dict[str, list[object]] = {
        name: [] for name in ("buildings", "solar", "batteries", "heat_pumps", "tanks", "boilers")
    }
    peak = 0.0
    for number in range(buildings):
        peak += _add_building(parts, number, weather, rng)
    return DispatchProblem(
        **{name: tuple(found) for name, found in parts.items()},  # type: ignore[arg-type]
        waste_heat=(_data_centre(buildings, weather, rng),),
        grid=_grid(peak, weather, rng),
        carbon_price=0.08,
        start=_start(first_hour),
    )


def _start(first_hour: int) -> str:
    begin = datetime(2025, 1, 1, tzinfo=timezone(timedelta(hours=2)))
    return (begin + timedelta(hours=first_hour)).isoformat(timespec="minutes")


def _weather(hours: int, first_hour: int, rng: np.random.Generator) -> Weather:
    clock = first_hour + np.arange(hours, dtype=np.float64)
    day, hour = clock // 24 % 365, clock % 24
    spell = np.interp(clock, clock[0] + np.arange(0, hours + 48, 36), _waves(hours, rng))
    yearly = -11.5 * np.cos(2 * np.pi * (day - COLDEST_DAY) / 365)
    temperature = 5.5 + yearly - 2.5 * np.cos(2 * np.pi * (hour - 3) / 24) + 3.5 * spell
    clear = 0.25 + 0.75 / (1 + np.exp(-2.0 * spell))
    return Weather(hour, day, temperature, _clear_sky(day, hour) * clear)


def _waves(hours: int, rng: np.random.Generator) -> Floats:
    """A slow random walk that returns to zero: fair and foul spells of a day or two."""
    steps = len(np.arange(0, hours + 48, 36))
    values = np.zeros(steps)
    shocks = rng.normal(size=steps)
    for step in range(1, steps):
        values[step] = 0.6 * values[step - 1] + 0.8 * shocks[step]
    return values


def _clear_sky(day: Floats, hour: Floats) -> Floats:
    """Sun on a roof tilted by 35° to the south, from the sun's height alone (kWh per kWp)."""
    tilt, latitude = np.radians(35.0), np.radians(LATITUDE)
    declination = np.radians(23.45) * np.sin(2 * np.pi * (284 + day) / 365)
    angle = np.radians(15.0) * (hour + 0.5 - 12)
    height = np.sin(latitude) * np.sin(declination)
    height = height + np.cos(latitude) * np.cos(declination) * np.cos(angle)
    onto = np.sin(latitude - tilt) * np.sin(declination)
    onto = onto + np.cos(latitude - tilt) * np.cos(declination) * np.cos(angle)
    lit = np.where(height > 0, np.maximum(onto, 0.0), 0.0)
    haze: Floats = np.exp(-0.12 / np.maximum(height, 0.05))
    return lit * haze


def _add_building(
    parts: dict[str, list[object]], number: int, weather: Weather, rng: np.random.Generator
) -> float:
    """Add one building and its assets; returns its highest hourly need of electricity."""
    id_ = f"b{number + 1:02d}"
    office = number % 5 == 4
    area = float(np.round(rng.uniform(900, 2600)))
    electricity = _electricity(area, office, weather, rng)
    heat = _heat(area, office, weather, rng)
    parts["buildings"].append(
        Building(
            id_,
            _hours(electricity),
            _hours(heat),
            f"{'Office' if office else 'Homes'} {number + 1}",
        )
    )
    if number % 3 != 2:
        peak_kw = float(np.round(area * rng.uniform(0.02, 0.05)))
        parts["solar"].append(Solar(f"{id_}-sun", id_, _hours(peak_kw * weather.sun)))
    if number % 2 == 0:
        size = float(np.round(area * rng.uniform(0.01, 0.04)))
        parts["batteries"].append(
            Battery(
                f"{id_}-battery", id_, size, size / 2, size / 2, 0.95, 0.95, 0.0002, 0.01, size / 2
            )
        )
    peak_heat = float(heat.max())
    if number % 4 != 3:
        power = float(np.round(peak_heat * rng.uniform(0.2, 0.4), 1))
        cop = np.clip(3.2 + 0.07 * weather.temperature, 1.8, 5.0)
        parts["heat_pumps"].append(HeatPump(f"{id_}-pump", id_, power, _hours(cop)))
        capacity = float(np.round(peak_heat * rng.uniform(1.5, 4.0)))
        parts["tanks"].append(Tank(f"{id_}-tank", id_, capacity, 0.005))
    parts["boilers"].append(Boiler(f"{id_}-district-heat", id_, 0.095, 0.13))
    return float(electricity.max())


def _electricity(area: float, office: bool, weather: Weather, rng: np.random.Generator) -> Floats:
    """Homes some 35 kWh a year and square metre, offices some 70, each with its own day."""
    hour = weather.hour
    weekday = weather.day % 7 < 5
    if office:
        shape = 0.35 + np.where(weekday, np.exp(-(((hour - 12.5) / 4.2) ** 4)), 0.1)
    else:
        shape = 0.55 + 0.35 * _bump(hour, 7.5, 1.6) + 0.9 * _bump(hour, 19.0, 2.4)
    yearly, mean = (70.0, 0.63) if office else (35.0, 0.88)
    noise = rng.lognormal(0.0, 0.12, size=len(hour))
    load: Floats = yearly / YEAR / mean * area * shape * noise
    return load


def _heat(area: float, office: bool, weather: Weather, rng: np.random.Generator) -> Floats:
    """Losses below 16 °C, and in homes hot water."""
    hour = weather.hour
    per_degree = area * rng.uniform(0.0009, 0.0017)
    night = 1 - 0.15 * ((hour < 5) | (hour > 22))
    rooms = per_degree * np.maximum(16.0 - weather.temperature, 0.0) * night
    water = 0.0 if office else 25.0 / YEAR * area
    taps = 0.5 + 1.6 * _bump(hour, 7.5, 1.5) + 1.6 * _bump(hour, 20.0, 2.0)
    need: Floats = (rooms + water * taps) * rng.lognormal(0.0, 0.05, size=len(hour))
    return need


def _bump(hour: Floats, at: float, width: float) -> Floats:
    bump: Floats = np.exp(-(((hour - at) / width) ** 2))
    return bump


def _data_centre(buildings: int, weather: Weather, rng: np.random.Generator) -> WasteHeat:
    level = 8.0 * buildings * rng.lognormal(0.0, 0.03, size=len(weather.hour))
    return WasteHeat("data-centre", _hours(level), (), 0.02, 0.0, 0.08)


def _grid(peak: float, weather: Weather, rng: np.random.Generator) -> Grid:
    """A spot price with a morning and an evening peak, low when the sun is strong."""
    hour = weather.hour
    shape = (
        1
        + 0.35 * _bump(hour, 8.0, 2.0)
        + 0.55 * _bump(hour, 18.5, 2.5)
        - 0.3 * _bump(hour, 3.0, 3.0)
    )
    noise = rng.lognormal(0.0, 0.18, size=len(hour))
    spot = 0.065 * shape * noise * (1 - 0.5 * np.minimum(weather.sun, 1.0))
    carbon = 0.09 * shape * (1 - 0.4 * np.minimum(weather.sun, 1.0))
    limit = float(np.round(1.8 * peak))
    return Grid(
        _hours(spot + 0.055), _hours(spot), _hours(carbon), limit, float(np.round(limit / 2))
    )


def _hours(values: Floats) -> Hours:
    return tuple(np.round(values, 4).tolist())
