from __future__ import annotations

import threading

import pytest

from kierto.core import rounds
from kierto.core.rounds import Round, every, go_round, keep_going, registered


@pytest.fixture(autouse=True)
def no_other_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "_rounds", {})


def test_rounds_are_known_by_name_and_the_last_of_a_name_counts() -> None:
    every("late", 60, lambda: 1)
    every("early", 60, lambda: 2)
    every("late", 60, lambda: 3)
    assert [(each.name, each.work()) for each in registered()] == [("early", 2), ("late", 3)]


def test_a_round_that_fails_is_told_and_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    broken = ValueError("the disk is full")

    def fail() -> int:
        raise broken

    every("a", 60, fail)
    every("b", 60, lambda: 4)
    assert list(go_round()) == [("a", broken), ("b", 4)]
    assert [record.exc_info[1] for record in caplog.records if record.exc_info] == [broken]


def test_only_the_given_rounds_are_gone() -> None:
    every("a", 60, lambda: 1)
    assert list(go_round([Round("b", 1, lambda: 2)])) == [("b", 2)]


def test_it_keeps_going_until_told_to_stop_and_cleans_up_after_each() -> None:
    stop = threading.Event()
    happened: list[str] = []

    def work() -> int:
        happened.append("work")
        stop.set()
        return 1

    every("a", 3600, work)
    keep_going(stop, clean_up=lambda: happened.append("clean"))
    assert happened == ["work", "clean"]
