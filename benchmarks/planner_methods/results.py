"""Outcomes as a table on the screen, as a page of Markdown with a picture, and as JSON rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from _harness.picture import log_log_picture

from planner_methods.families import FAMILIES
from planner_methods.running import Outcome
from planner_methods.verdict import growth, proven_gap

HEAD = ["method", "participants", "seconds", "CPU s", "peak MB", "objective EUR", "gap", "× kierto"]
YARDSTICK = "kierto"


def rows_of(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """One object for each finished run."""
    return [
        {
            "family": each.family,
            "method": each.method,
            "participants": each.participants,
            "seconds": each.seconds,
            "build_seconds": each.build_seconds,
            "cpu_seconds": each.cpu_seconds,
            "peak_mb": each.peak_mb,
            "objective": each.objective,
            "gap": proven_gap(each, same_instance(each, outcomes)),
            "version": each.version,
        }
        for each in outcomes
        if each.finished
    ]


def unfinished(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """One object for each run that has no answer, with the reason."""
    return [
        {
            "family": each.family,
            "method": each.method,
            "participants": each.participants,
            "why": each.failure,
        }
        for each in outcomes
        if not each.finished
    ]


def table_of(outcomes: Sequence[Outcome]) -> list[list[str]]:
    """The rows of one family's table, in the order they were run."""
    return [_cells(each, same_instance(each, outcomes)) for each in outcomes]


def same_instance(one: Outcome, outcomes: Sequence[Outcome]) -> list[Outcome]:
    return [
        each
        for each in outcomes
        if (each.family, each.participants) == (one.family, one.participants)
    ]


def points_of(outcomes: Sequence[Outcome]) -> dict[str, list[tuple[int, float]]]:
    """By method: participants and seconds of every finished run."""
    lines: dict[str, list[tuple[int, float]]] = {}
    for each in outcomes:
        if each.seconds is not None:
            lines.setdefault(each.method, []).append((each.participants, each.seconds))
    return lines


def growth_of(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """By method: the fitted exponent of processor time, where three sizes or more were solved.

    Of processor time, because one size may have been run while others used the machine.
    """
    lines: dict[str, list[tuple[int, float]]] = {}
    for each in outcomes:
        if each.cpu_seconds:
            lines.setdefault(each.method, []).append((each.participants, each.cpu_seconds))
    found = {name: growth(points) for name, points in lines.items()}
    return {name: exponent for name, exponent in found.items() if exponent is not None}


def keep(folder: Path, family: str, outcomes: Sequence[Outcome], machine: str) -> None:
    """Write the family's table and picture into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    picture = f"planner-{family}.svg"
    points = points_of(outcomes)
    if points:
        (folder / picture).write_text(picture_of(family, outcomes), encoding="utf-8")
    rows = json.dumps([asdict(each) for each in outcomes], indent=1)
    (folder / f"planner-{family}.json").write_text(rows + "\n", encoding="utf-8")
    page = markdown_of(family, outcomes, picture if points else "", machine)
    (folder / f"planner-{family}.md").write_text(page, encoding="utf-8")


def kept(folder: Path, family: str) -> list[Outcome]:
    """What :func:`keep` wrote before."""
    path = folder / f"planner-{family}.json"
    if not path.exists():
        return []
    return [Outcome(**row) for row in json.loads(path.read_text(encoding="utf-8"))]


def joined(old: Sequence[Outcome], new: Sequence[Outcome]) -> list[Outcome]:
    """Old and new, by size; the new one where both have the same method and size."""
    both = {(each.participants, each.method): each for each in (*old, *new)}
    return sorted(both.values(), key=lambda each: each.participants)


def picture_of(family: str, outcomes: Sequence[Outcome]) -> str:
    told = "; ".join(
        f"{name}: " + ", ".join(f"{_seconds(s)} s at {size}" for size, s in sorted(points))
        for name, points in points_of(outcomes).items()
    )
    return log_log_picture(
        points_of(outcomes),
        title=f"Seconds to the optimum: {FAMILIES[family][0]}",
        description=f"Both axes are logarithmic. {told}.",
        across="participants",
        up="seconds",
    )


def markdown_of(family: str, outcomes: Sequence[Outcome], picture: str, machine: str) -> str:
    """A section: picture, table, growth, versions and machine."""
    lines = [f"### {family.capitalize()}: {FAMILIES[family][0]}", ""]
    if picture:
        lines += [f"![Seconds by participants; the table has the same figures]({picture})", ""]
    lines += [_markdown_row(HEAD), "|---|" + "---:|" * (len(HEAD) - 1)]
    lines += [_markdown_row(cells) for cells in table_of(outcomes)]
    exponents = growth_of(outcomes)
    if exponents:
        told = ", ".join(f"{name} {value:.2f}" for name, value in exponents.items())
        lines += ["", f"Processor time grows with participants to the power of: {told}."]
    versions = sorted({each.version for each in outcomes if each.version})
    lines += ["", f"{machine}. {', '.join(versions)}.", ""]
    return "\n".join(lines)


def _markdown_row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _cells(outcome: Outcome, instance: Sequence[Outcome]) -> list[str]:
    first = [outcome.method, f"{outcome.participants:,}".replace(",", " ")]
    if not outcome.finished:
        return [*first, outcome.failure, "", "", "", "", ""]
    seconds, gap = outcome.seconds or 0.0, proven_gap(outcome, instance)
    ours = _times(instance).get(YARDSTICK)
    return [
        *first,
        _seconds(seconds),
        _seconds(outcome.cpu_seconds or 0.0),
        f"{outcome.peak_mb:.0f}",
        f"{outcome.objective:.3f}",
        "" if gap is None else f"{gap:.0e}",
        "" if ours is None else f"{seconds / ours:.3g}",
    ]


def _times(instance: Sequence[Outcome]) -> Mapping[str, float]:
    return {each.method: each.seconds for each in instance if each.seconds}


def _seconds(value: float) -> str:
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"
