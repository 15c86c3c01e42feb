"""The made-up district is always the same, and stays within what is plausible."""

from __future__ import annotations

import numpy as np

from kierto.planner.dispatch import dispatch_flaws, typical_district
from kierto.planner.dispatch.typical import YEAR, Weather, _weather


def weather_of_a_year() -> Weather:
    return _weather(YEAR, 0, np.random.default_rng(0))


def test_same_seed_makes_the_same_district() -> None:
    assert typical_district(3, 48, seed=5) == typical_district(3, 48, seed=5)
    assert typical_district(3, 48, seed=5) != typical_district(3, 48, seed=6)


def test_it_is_well_formed() -> None:
    assert [dispatch_flaws(typical_district(size, 30)) for size in (1, 2, 7)] == [[], [], []]


def test_sun_is_down_at_midnight_and_gives_what_it_does_at_sixty_degrees() -> None:
    weather = weather_of_a_year()
    winter = (weather.day < 40) | (weather.day > 330)
    assert weather.sun[(weather.hour == 0) & winter].max() == 0
    assert 800 < weather.sun.sum() < 1100
    assert weather.sun[winter].sum() < 0.1 * weather.sun.sum()


def test_winter_is_cold_and_summer_is_not() -> None:
    weather = weather_of_a_year()
    january, july = weather.temperature[:744], weather.temperature[4344:5088]
    assert -15 < january.mean() < 0
    assert 12 < july.mean() < 22


def test_homes_use_the_electricity_that_their_floor_says() -> None:
    homes = typical_district(1, YEAR, first_hour=0).buildings[0]
    area = sum(homes.electricity) / 35
    assert 850 < area < 2700
    assert 80 < sum(homes.heat) / area < 220
