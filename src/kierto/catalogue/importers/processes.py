"""Processes of the urban-metabolism process database become recipes.

One level of a recipe is 1 000 kg or 1 MWh of the main flow. The capacity is read as main flow a
second (kg/s or MW), as the published references do, and becomes levels a week of 168 hours. The
database states no cost: it stays at zero and the recipe says so. CO2 that leaves a process that
takes fossil or mixed carbon counts as its emissions; CO2 of plant origin counts as zero.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils.text import slugify

from kierto.catalogue.errors import CannotRead
from kierto.catalogue.importers.cells import RowLeft
from kierto.catalogue.importers.judging import CO2, PLACEHOLDER_CAPACITY, judge
from kierto.catalogue.importers.meanings import Meanings
from kierto.catalogue.importers.process_files import StatedFlow, StatedProcess, read_process
from kierto.catalogue.importers.recipes import Flow, RecipeShelf, check_flows
from kierto.catalogue.importers.several_files import files_in
from kierto.catalogue.importers.whole import taken_whole
from kierto.catalogue.models import CanonicalUnit, RecipeFlow, ResourceSpecification
from kierto.catalogue.permissions import can_import
from kierto.core.intake import Intake, Outcome
from kierto.core.quantity import unit_factor
from kierto.core.text import Sentence as _
from kierto.parties.models import Agent

DATABASE = (
    "Urban metabolism process database, T. Ravalde and J. Keirstead, Imperial College London, "
    "CC BY-SA 4.0"
)
SECONDS_A_WEEK = 7 * 24 * 3600
LEVEL = {"kg": 1000.0, "MJ": 3600.0}
"""How much of the main flow one level is, in the unit of the file: a tonne or a megawatt-hour."""
LEVEL_WORDS = {"kg": "1 000 kg", "MJ": "1 MWh"}
CAPACITY_UNIT = {"kg": "kg/s", "MJ": "MW"}
HELPERS = {"elec", "heat", "cooling", "water", "waterPotable", "ash", "slag", "ozone"}
"""Flows that help a process along or fall out of it, unless one of them is its main flow."""


@taken_whole()
def import_processes(source: Path | bytes, *, name: str | None = None, by: Agent) -> Intake:
    """Take a folder of YAML files, one such file, or a ZIP of them.

    Raises:
        NotAllowed: ``by`` is no administrator of the node.
        FaultyFile: there is no process file in it, or the ZIP is broken or far too large.
    """
    can_import(by).require()
    name = name or (source.name if isinstance(source, Path) else "processes.zip")
    intake, shelf = Intake(name), RecipeShelf()
    stated = _read(files_in(source, name), intake)
    meanings = Meanings.for_flows({flow.name for p in stated.values() for flow in p.flows}, by=by)
    for file, process in stated.items():
        try:
            judge(process, meanings.by_flow)
            values, flows = _recipe(file, process, meanings)
            outcome, reason = shelf.put(code_of(file), values, flows), _remarks(process)
        except RowLeft as left:
            outcome, reason = Outcome.LEFT, left.reason
        intake.note(file, 0, process.name or file, outcome, reason)
    shelf.write()
    intake.rows.sort(key=lambda row: row.file)
    return intake


def code_of(file: str) -> str:
    """The recipe's code by the file's name."""
    stem = file.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return f"um-{slugify(stem.replace('.', '-'))}"[:120]


def _read(files: Mapping[str, bytes], intake: Intake) -> dict[str, StatedProcess]:
    stated, codes = {}, set()
    for file, data in files.items():
        try:
            process = read_process(data)
            if code_of(file) in codes:
                raise CannotRead(_("Another file has the same name up to case and punctuation."))
            codes.add(code_of(file))
            stated[file] = process
        except CannotRead as error:
            intake.note(file, 0, file, Outcome.LEFT, str(error))
    return stated


def _recipe(
    file: str, process: StatedProcess, meanings: Meanings
) -> tuple[dict[str, Any], list[Flow]]:
    main = process.flow(process.main)
    if main is None:  # judged before; for the type checker
        raise RowLeft(_("It has no main flow."))
    scale = LEVEL[main.unit] / abs(main.value)
    flows = _flows(process, meanings, scale)
    check_flows(flows)
    limited = process.capacity < PLACEHOLDER_CAPACITY
    levels_a_week = process.capacity * SECONDS_A_WEEK / LEVEL[main.unit]
    return {
        "name": name_of(file, process, main),
        "names": {},
        "level_unit": f"{LEVEL_WORDS[main.unit]} of {main.name}",
        "capacity_min": 0.0,
        "capacity_max": levels_a_week if limited else None,
        "cost": 0.0,
        "emissions": _emissions(process, meanings, scale),
        "readiness_level": process.readiness_level,
        "reference": _reference(file, process),
        "note": "The source states no cost.",
    }, flows


def name_of(file: str, process: StatedProcess, main: StatedFlow) -> str:
    """Words instead of the file's run-together name, and the size."""
    stem = file.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    bare = re.sub(r"-(\d[\d.e-]*|scalable)$", "", stem)
    words = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", re.sub(r"[-_]+", " ", bare))
    words = words[0].upper() + words[1:]
    if process.capacity >= PLACEHOLDER_CAPACITY:
        return words[:200]
    size = format(Decimal(f"{process.capacity:.6g}"), "f")
    return f"{words}, {size} {CAPACITY_UNIT[main.unit]}"[:200]


def _flows(process: StatedProcess, meanings: Meanings, scale: float) -> list[Flow]:
    """Inputs and outputs, main ones first; two flows of the same kind on one side become one."""
    amounts: dict[tuple[str, str], float] = defaultdict(float)
    references: dict[tuple[str, str], list[str]] = defaultdict(list)
    mains = set()
    for flow in sorted(process.flows, key=lambda each: each.name != process.main):
        if flow.value == 0 or (flow.name == CO2 and flow.value > 0):
            continue
        kind = meanings.kind(flow)
        key = (_direction(flow), kind.code)
        amounts[key] += _amount(abs(flow.value) * scale, flow, kind)
        references[key].append(flow.reference)
        if flow.name == process.main or flow.name not in HELPERS:
            mains.add(key)
    for direction in RecipeFlow.Direction.values:
        if not any(key[0] == direction for key in mains):
            mains |= {key for key in amounts if key[0] == direction}
    return [
        Flow(
            direction=direction,
            kind=meanings.kinds[code],
            amount=amount,
            main=(direction, code) in mains,
            reference="; ".join(dict.fromkeys(filter(None, references[direction, code]))),
        )
        for (direction, code), amount in sorted(
            amounts.items(), key=lambda item: (item[0][0], item[0] not in mains)
        )
    ]


def _direction(flow: StatedFlow) -> str:
    return RecipeFlow.Direction.INPUT if flow.value < 0 else RecipeFlow.Direction.OUTPUT


def _amount(value: float, flow: StatedFlow, kind: ResourceSpecification) -> float:
    """``value`` of the flow's unit in the kind's unit: by pint, by mass, or by heating value."""
    factor, canonical = unit_factor(flow.unit)
    amount = value * float(factor)
    if canonical == kind.unit:
        return amount
    if flow.unit == "kg" and kind.kg_per_unit > 0:
        return amount / kind.kg_per_unit
    if flow.unit == "MJ" and kind.unit == CanonicalUnit.KILOGRAM and kind.heating_value:
        return value / kind.heating_value
    raise RowLeft(
        _("Flow “%(flow)s” is in %(unit)s, which cannot become %(wanted)s of “%(kind)s”."),
        flow=flow.name,
        unit=flow.unit,
        wanted=kind.unit,
        kind=kind.code,
    )


def _emissions(process: StatedProcess, meanings: Meanings, scale: float) -> float:
    carbon = process.flow(CO2)
    if carbon is None or carbon.value <= 0 or not _takes_fossil(process, meanings):
        return 0.0
    return carbon.value * scale


def _takes_fossil(process: StatedProcess, meanings: Meanings) -> bool:
    return any(
        meanings.by_flow[flow.name].carbon in {"fossil", "mixed"}
        for flow in process.flows
        if flow.value < 0
    )


def _reference(file: str, process: StatedProcess) -> str:
    parts = [f"{DATABASE}, file {file.rsplit('/', 1)[-1]}"]
    if process.capacity_reference:
        parts.append(f"Capacity: {process.capacity_reference}")
    if process.readiness_reference:
        parts.append(f"Readiness: {process.readiness_reference}")
    return ". ".join(parts)


def _remarks(process: StatedProcess) -> str:
    """What was odd about a process that was taken all the same."""
    remarks: list[Any] = []
    if process.mended:
        remarks.append(_("References with a colon lack quotation marks; they were read as text."))
    if any(flow.value == 0 for flow in process.flows):
        remarks.append(_("Flows of zero were left out."))
    if process.capacity >= PLACEHOLDER_CAPACITY:
        remarks.append(_("Its capacity is a placeholder; it counts as unlimited."))
    if process.readiness_level is None:
        remarks.append(_("Its readiness letter is not known."))
    return " ".join(str(remark) for remark in remarks)
