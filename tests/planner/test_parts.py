"""Parts that cannot influence each other are solved apart, anywhere, and make the same plan."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import get_context

import pytest

from benchmarks.districts import country
from kierto.planner import (
    Cancelled,
    Kind,
    Plan,
    Problem,
    Progress,
    Stream,
    Wish,
    solve,
)
from kierto.planner.network import Network
from kierto.planner.parts import parts_of
from tests.planner.districts import KINDS, need, offer, press, problem, random_district
from tests.planner.test_blending import blended


@pytest.fixture(autouse=True)
def every_part_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small districts are split as if they were large."""
    monkeypatch.setattr("kierto.planner.parts.WORTHWHILE", 1)
    monkeypatch.setattr("kierto.planner.solving.DIRECT_PAIRS", 0)


def two_worlds(seed: int = 1, make: Callable[[int], Problem] = random_district) -> Problem:
    """Two districts that share nothing, as one problem."""
    one, other = make(seed), make(seed + 1)

    def far(name: str) -> str:
        return f"far-{name}"

    return replace(
        one,
        kinds=(
            *one.kinds,
            *(Kind(far(each.code), each.unit, each.parent and far(each.parent))
              for each in other.kinds),
        ),
        offers=(
            *one.offers,
            *(replace(each, id=far(each.id), kind=far(each.kind)) for each in other.offers),
        ),
        needs=(
            *one.needs,
            *(replace(each, id=far(each.id), kind=far(each.kind)) for each in other.needs),
        ),
        processors=(
            *one.processors,
            *(
                replace(
                    each,
                    id=far(each.id),
                    inputs=tuple(replace(one, kind=far(one.kind)) for one in each.inputs),
                    outputs=tuple(replace(one, kind=far(one.kind)) for one in each.outputs),
                )
                for each in other.processors
            ),
        ),
        rates=replace(
            one.rates,
            by_kind={**one.rates.by_kind, **{far(c): r for c, r in one.rates.by_kind.items()}},
        ),
        arcs=(
            *(one.arcs or ()),
            *(replace(arc, source=far(arc.source), sink=far(arc.sink)) for arc in other.arcs or ()),
        ),
        excluded=one.excluded | {(far(a), far(b)) for a, b in other.excluded},
    )  # fmt: skip


def test_kinds_that_a_processor_or_acceptance_joins_stay_together() -> None:
    apart = problem(offer("o", "pine"), need("n", "wood"), offer("a", "ash"), need("b", "ash"))
    whole = [
        {network_id for ids in ((part.problem.offers), (part.problem.needs)) for network_id in
         (each.id for each in ids)}
        for part in parts_of(Network(apart))
    ]  # fmt: skip
    assert sorted(map(sorted, whole)) == [["a", "b"], ["n", "o"]]
    joined = replace(apart, processors=(press(inputs=(Stream("ash", 1), Stream("wood", 1))),))
    assert len(parts_of(Network(joined))) == 1


def test_small_parts_are_bundled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kierto.planner.parts.WORTHWHILE", 1000)
    assert len(parts_of(Network(two_worlds()))) == 1


def same_plan(plan: Plan, whole: Plan) -> bool:
    assert plan.certificate.valid
    assert plan.problem_digest == whole.problem_digest
    assert plan.totals.objective == pytest.approx(whole.totals.objective, rel=1e-9)
    return {(f.source, f.sink): pytest.approx(f.amount, rel=1e-6) for f in whole.flows} == {
        (f.source, f.sink): f.amount for f in plan.flows
    }


def unsplit(district: Problem, monkeypatch: pytest.MonkeyPatch) -> Plan:
    with monkeypatch.context() as patch:
        patch.setattr("kierto.planner.solving.DIRECT_PAIRS", 1_000_000)
        return solve(district)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_merged_plan_equals_the_unsplit_one(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    land = country(400, processors=3)
    assert len(parts_of(Network(land))) > 1
    assert same_plan(solve(land, threads=threads), unsplit(land, monkeypatch))


@pytest.mark.parametrize("seed", range(6))
def test_parts_of_any_district_cost_the_same(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for make in (random_district, blended):
        district = two_worlds(seed, make)
        ours, theirs = solve(district), unsplit(district, monkeypatch)
        assert ours.totals.objective == pytest.approx(theirs.totals.objective, rel=1e-9)
        assert ours.certificate.valid


@contextmanager
def processes() -> Iterator[Executor]:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield pool


@contextmanager
def cluster() -> Iterator[Executor]:
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None
        ) as workers,
        distributed.Client(workers) as client,
    ):
        yield client.get_executor()


@contextmanager
def own_threads() -> Iterator[Executor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("where", [processes, cluster, own_threads])
def test_parts_are_solved_by_any_executor(
    where: Callable[[], Iterator[Executor]], monkeypatch: pytest.MonkeyPatch
) -> None:
    land = country(400, processors=3)
    words: list[Progress] = []

    def hear(word: Progress) -> bool:
        words.append(word)
        return True

    with where() as pool:  # type: ignore[attr-defined]
        plan = solve(land, executor=pool, progress=hear)
    assert same_plan(plan, unsplit(land, monkeypatch))
    assert words[-1].share == 1.0


def test_words_about_the_work_come_in_the_callers_own_thread() -> None:
    heard: set[int] = set()

    def hear(word: Progress) -> bool:
        heard.add(threading.get_ident())
        return True

    solve(country(600), threads=4, progress=hear)
    assert heard == {threading.get_ident()}


@pytest.mark.parametrize("threads", [1, 3])
def test_cancelling_stops_all_parts(threads: int) -> None:
    def stop(word: Progress) -> bool:
        return word.stage != "solving"

    with pytest.raises(Cancelled):
        solve(country(400), threads=threads, progress=stop)


def test_cancelling_reaches_an_executor() -> None:
    with own_threads() as pool, pytest.raises(Cancelled):
        solve(country(400), executor=pool, progress=lambda word: word.stage != "solving")


@pytest.mark.parametrize("threads", [1, 3])
def test_enough_reaches_all_parts(threads: int) -> None:
    plan = solve(country(400), threads=threads, progress=lambda word: Wish.ENOUGH)
    assert plan.certificate.valid
    assert plan.certificate.bound <= plan.totals.objective


def test_lots_and_blends_in_one_part_leave_the_others_to_their_engine() -> None:
    parts = [offer("o", lot=4), need("n", amount=6), offer("a", "ash"), need("b", "ash")]
    plan = solve(problem(*parts, kinds=KINDS), engine="simplex")
    assert {(flow.source, flow.amount) for flow in plan.flows} == {("o", 6.0), ("a", 10.0)}


def test_unlucky_part_is_told() -> None:
    """An error in one part comes out as it is."""
    with pytest.raises(ValueError, match="abacus"):
        solve(country(400), threads=2, engine="abacus")
