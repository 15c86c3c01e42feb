"""What a node without a worker starts by cron."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from kierto.core import rounds


def test_tend_goes_every_round_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "_rounds", {})
    rounds.every("holds", 60, lambda: 3)
    said = io.StringIO()
    call_command("tend", stdout=said)
    assert said.getvalue() == "holds: 3\n"


def test_tend_names_what_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "_rounds", {})
    rounds.every("holds", 60, lambda: 1 // 0)
    rounds.every("reminders", 60, lambda: 0)
    said = io.StringIO()
    with pytest.raises(CommandError, match="These failed; the log says why: holds."):
        call_command("tend", stdout=said)
    assert said.getvalue().endswith("reminders: 0\n")
