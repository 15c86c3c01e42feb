"""Kernels are compiled step by step, and the steps are told."""

from __future__ import annotations

from kierto.planner.simplex.compile import STEPS, warm


def test_warming_tells_every_step() -> None:
    told: list[tuple[int, int, str]] = []
    seconds = warm(lambda done, of, what: told.append((done, of, what)))
    assert [done for done, _, _ in told] == list(range(len(STEPS) + 1))
    assert {of for _, of, _ in told} == {len(STEPS)}
    assert [what for _, _, what in told[:-1]] == list(STEPS)
    assert seconds > 0
