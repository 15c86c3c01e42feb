"""A problem that contradicts itself is refused with every flaw; what is unsolved is not ignored."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kierto.core.geography import Point
from kierto.planner import (
    Arc,
    Blend,
    Fallback,
    InvalidProblem,
    Kind,
    Offer,
    Problem,
    Rate,
    Rates,
    Storage,
    Stream,
    Unsupported,
    flaws_of,
    notes_of,
    possibilities,
    solve,
)
from tests.planner.districts import HERE, KINDS, need, offer, press, problem, random_district

NAN, INF = float("nan"), float("inf")


def stored(*parts: object, **changes: object) -> Problem:
    """A problem of two periods with one storage."""
    values = {"agent": "keeper", "kind": "wood", "place": HERE, "capacity": 5.0, **changes}
    storage = Storage("s", **values)  # type: ignore[arg-type]
    return problem(*parts, periods=2, storages=(storage,))  # type: ignore[arg-type]


def blended(blend: Blend, *parts: Offer) -> Problem:
    """A need with a blend."""
    return problem(replace(need("n"), blends=(blend,)), *parts)


FLAWED: dict[str, tuple[Problem, tuple[str, str, str]]] = {
    "kind twice": (problem(kinds=(*KINDS, KINDS[0])), ("kind", "wood", "code")),
    "unknown parent": (problem(kinds=(Kind("a", "kg", "b"),)), ("kind", "a", "parent")),
    "own parent": (problem(kinds=(Kind("a", "kg", "a"),)), ("kind", "a", "parent")),
    "no unit": (problem(kinds=(Kind("a", ""),)), ("kind", "a", "unit")),
    "unknown kind": (problem(offer("o", "gold")), ("offer", "o", "kind")),
    "negative amount": (problem(need("n", amount=-1)), ("need", "n", "amount")),
    "amount not a number": (problem(offer("o", amount=NAN)), ("offer", "o", "amount")),
    "endless fallback": (problem(offer("o", dump=float("inf"))), ("offer", "o", "fallback_cost")),
    "negative lot": (problem(offer("o", lot=-1)), ("offer", "o", "minimum_lot")),
    "quality not a number": (
        problem(offer("o", quality={"ash": NAN})),
        ("offer", "o", "quality ash"),
    ),
    "limits crossed": (problem(need("n", limits={"ash": (2, 1)})), ("need", "n", "limit ash")),
    "one id for two": (problem(offer("x"), need("x")), ("need", "x", "id")),
    "no id": (problem(offer("")), ("offer", "", "id")),
    "idle processor": (problem(press(inputs=(), outputs=())), ("processor", "press", "inputs")),
    "yield of nothing": (problem(press(inputs=(Stream("wood", 0),))), ("input", "press/wood", "yield_")),
    "kind twice in a recipe": (
        problem(press(inputs=(Stream("wood", 1), Stream("wood", 2)))),
        ("input", "press/wood", "kind"),
    ),
    "output without fallback": (
        problem(press(outputs=(Stream("board", 1),))),
        ("output", "press/board", "fallback"),
    ),
    "minimum above capacity": (problem(press(minimum=200)), ("processor", "press", "minimum")),
    "negative rate": (problem(rates=Rates(Rate(-1, 0))), ("rates", "default", "cost_per_km")),
    "rate of an unknown kind": (
        problem(rates=Rates(Rate(1, 0), {"gold": Rate(1, 0)})),
        ("rates", "gold", "kind"),
    ),
    "road shorter than the line": (
        problem(rates=Rates(Rate(1, 0), road_factor=0.9)),
        ("rates", "", "road_factor"),
    ),
    "pair of strangers": (problem(offer("o"), Arc("o", "moon", 1)), ("arc", "o/moon", "sink")),
    "pair of unlike kinds": (
        problem(offer("o"), need("n", "ash"), Arc("o", "n", 1)),
        ("arc", "o/n", "sink"),
    ),
    "pair twice": (
        problem(offer("o"), need("n"), Arc("o", "n", 1), Arc("o", "n", 2)),
        ("arc", "o/n", "sink"),
    ),
    "opening for a gift": (problem(press(opening_cost=-5)), ("processor", "press", "opening_cost")),
    "endless capacity": (problem(press(capacity=INF)), ("processor", "press", "capacity")),
    "minimum above every period": (
        problem(press(minimum=5, profile=(1.0, 4.0)), periods=2),
        ("processor", "press", "minimum"),
    ),
    "profile too short": (
        problem(replace(offer("o"), profile=(1.0,)), periods=2),
        ("offer", "o", "profile"),
    ),
    "profile too long": (
        problem(replace(need("n"), profile=(1.0, 2.0))),
        ("need", "n", "profile"),
    ),
    "profile below zero": (
        problem(press(profile=(1.0, -1.0)), periods=2),
        ("processor", "press", "profile 2"),
    ),
    "profile not a number": (
        problem(replace(need("n"), profile=(NAN, 1.0)), periods=2),
        ("need", "n", "profile 1"),
    ),
    "no period": (problem(periods=0), ("problem", "", "periods")),
    "storage of an unknown kind": (stored(kind="gold"), ("storage", "s", "kind")),
    "room below zero": (stored(capacity=-1), ("storage", "s", "capacity")),
    "paid for waiting": (stored(cost=-1), ("storage", "s", "cost")),
    "all is lost": (stored(loss=1.0), ("storage", "s", "loss")),
    "loss not a number": (stored(loss=NAN), ("storage", "s", "loss")),
    "storage with another's id": (stored(offer("s")), ("storage", "s", "id")),
    "pair from a store to itself": (
        stored(Arc("s:out:wood", "s:in:wood", 1)),
        ("arc", "s:out:wood/s:in:wood", "sink"),
    ),
    "blend without ends": (blended(Blend("ash")), ("need", "n", "blend ash")),
    "blend crossed": (blended(Blend("ash", low=2, high=1)), ("need", "n", "blend ash")),
    "blend of nothing": (blended(Blend("", low=1)), ("need", "n", "blend ")),
    "blend by itself": (blended(Blend("ash", "ash", 1)), ("need", "n", "blend ash")),
    "blend not a number": (blended(Blend("ash", high=NAN)), ("need", "n", "blend ash")),
    "blend of an input": (
        problem(press(inputs=(Stream("wood", 1, blends=(Blend("ash"),)),))),
        ("input", "press/wood", "blend ash"),
    ),
    "divided by less than nothing": (
        blended(Blend("ash", "bark", 1), offer("o", quality={"bark": -1})),
        ("offer", "o", "quality bark"),
    ),
    "negative carbon price": (problem(carbon_price=-1), ("problem", "", "carbon_price")),
}  # fmt: skip


@pytest.mark.parametrize("name", FLAWED)
def test_flaw_is_named_at_its_place(name: str) -> None:
    flawed, place = FLAWED[name]
    with pytest.raises(InvalidProblem) as caught:
        solve(flawed)
    assert place in [(flaw.part, flaw.id, flaw.field) for flaw in caught.value.flaws]
    assert all(str(flaw) for flaw in caught.value.flaws)
    with pytest.raises(InvalidProblem):
        possibilities(flawed, "o")


def test_circle_of_kinds_is_shown() -> None:
    kinds = (Kind("a", "kg", "c"), Kind("b", "kg", "a"), Kind("c", "kg", "b"), Kind("d", "kg", "a"))
    flaws = flaws_of(problem(kinds=kinds))
    assert [flaw.id for flaw in flaws] == ["a", "b", "c"]
    assert "a → c → b → a" in str(flaws[0])


def test_all_flaws_are_found_at_once() -> None:
    flawed = problem(offer("o", "gold", amount=-1), need("n", amount=NAN), carbon_price=NAN)
    assert len(flaws_of(flawed)) == 4


def test_sound_problem_has_no_flaw() -> None:
    assert flaws_of(random_district(1, lots=True)) == []


def test_lots_beside_sites_are_refused_and_not_ignored() -> None:
    with pytest.raises(Unsupported, match="minimum_lot"):
        solve(problem(offer("o", lot=5), press(opening_cost=100)))


def test_fallbacks_may_be_negative() -> None:
    """A by-product that sells stays sold unless somebody takes it for more."""
    plan = solve(problem(offer("o", dump=-1), need("n", buy=0.5), need("m", buy=3, amount=4)))
    assert [(flow.sink, flow.amount) for flow in plan.flows] == [("m", 4.0)]


def test_place_must_be_on_earth() -> None:
    with pytest.raises(ValueError, match="no such place"):
        Point(91, 0)


def test_stream_fallback_is_checked() -> None:
    stream = Stream("wood", 1, Fallback(NAN))
    flaws = flaws_of(problem(press(inputs=(stream,))))
    assert [(flaw.part, flaw.field) for flaw in flaws] == [("input", "fallback_cost")]


def test_numbers_of_many_participants_are_checked_alike_one_by_one() -> None:
    """The check of whole columns finds the same rows as a look at each."""
    wrong = [
        offer("a", amount=NAN),
        offer("b", lot=INF),
        offer("c", dump_emissions=NAN),
        offer("d", quality={"ash": INF}),
        replace(offer("e"), profile=(1.0, 2.0)),
        offer("f", "gold"),
    ]
    sound = [offer(f"o{i}", quality={"ash": -1.0}) for i in range(50)]
    flaws = flaws_of(problem(*wrong, *sound))
    assert [(flaw.id, flaw.field) for flaw in flaws] == [
        ("a", "amount"),
        ("b", "minimum_lot"),
        ("c", "fallback_emissions"),
        ("d", "quality ash"),
        ("e", "profile"),
        ("f", "kind"),
    ]


def test_note_names_kinds_that_nobody_gives_or_takes() -> None:
    parts = offer("o", "ash"), offer("p", "ash"), need("n", "heat"), offer("q", "pine"), need("m")
    notes = notes_of(problem(*parts))
    assert [(note.id, note.fields["count"]) for note in notes] == [("ash", 2), ("heat", 1)]
    assert flaws_of(problem(*parts)) == []


def test_note_names_a_processor_that_must_stand_still() -> None:
    still = press(inputs=(Stream("ash", 1), Stream("heat", 1, Fallback(1))))
    notes = notes_of(problem(still, need("n", "board")))
    assert [(note.part, note.id) for note in notes] == [("input", "press/ash")]


def test_note_names_units_that_keep_a_kind_from_its_broader_one() -> None:
    kinds = (*KINDS, Kind("chips", "m3", "wood"))
    notes = notes_of(problem(offer("o", "chips"), offer("p"), need("n"), kinds=kinds))
    assert [(note.id, note.field) for note in notes] == [("chips", "code"), ("chips", "unit")]
    assert "(kg)" in str(notes[1])


def test_note_names_blends_that_nobody_can_meet_and_storage_without_time() -> None:
    asked = replace(need("n"), blends=(Blend("carbon", "nitrogen", 20, 35),))
    whole = problem(offer("o", quality={"carbon": 0.4}), asked)
    assert [(note.id, note.field) for note in notes_of(whole)] == [("n", "blend nitrogen")]
    once = replace(stored(), periods=1)
    assert [note.part for note in notes_of(once)] == ["storage"]
    assert all(str(note) for note in [*notes_of(whole), *notes_of(once)])
