"""Small groups are put together so that nobody can be told from a table."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kierto.indicators.figures import Part, fold, grouped, summed

MONTH = date(2026, 1, 1)


def part(agent: int, kind: int, mass: float) -> Part:
    return Part(MONTH, kind, UUID(int=agent), {"mass": mass})


def test_without_hidden_agents_every_group_is_shown() -> None:
    groups = grouped([part(1, 1, 5), part(2, 1, 6)], lambda each: each.agent)
    shown, rest = fold(groups, set(), 3, by_agent=True)
    assert (shown, rest) == (groups, [])


def test_one_hidden_agent_takes_the_smallest_groups_along() -> None:
    groups = grouped([part(n, 1, n) for n in range(1, 6)], lambda each: each.agent)
    shown, rest = fold(groups, {UUID(int=5)}, 3, by_agent=True)
    assert len({each.agent for each in rest}) == 3
    assert UUID(int=5) not in shown


def test_too_few_to_hide_among_are_not_shown_at_all() -> None:
    groups = grouped([part(1, 1, 5), part(2, 1, 6)], lambda each: each.agent)
    assert fold(groups, {UUID(int=1)}, 3, by_agent=True) == ({}, [])


parts = st.lists(
    st.builds(part, st.integers(1, 8), st.integers(1, 4), st.integers(0, 1000)), max_size=40
)
agents = st.sets(st.builds(UUID, int=st.integers(1, 8)))


@given(parts, agents, st.booleans())
def test_nothing_is_lost_and_nobody_is_told(
    given_parts: list[Part], hidden: set[UUID], by_agent: bool
) -> None:
    key = (lambda each: each.agent) if by_agent else (lambda each: each.kind)
    shown, rest = fold(grouped(given_parts, key), hidden, 3, by_agent=by_agent)
    together = [each for own in shown.values() for each in own] + rest
    if together:
        assert summed(together)["mass"] == pytest.approx(summed(given_parts)["mass"])
    assert not rest or len({each.agent for each in rest}) >= 3
    for own in shown.values():
        unseen = {each.agent for each in own} & hidden
        assert not unseen or (not by_agent and len(unseen) >= 3)
