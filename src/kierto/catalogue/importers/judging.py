"""Does a stated process make sense? Signs, mass and energy are checked before it is taken.

All checks are per unit of the main flow. Water that appears from burning hydrogen or moist waste
is not held against a process, nor is carbon dioxide, whose oxygen comes from the air.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kierto.catalogue.importers.cells import RowLeft
from kierto.catalogue.importers.process_files import StatedFlow, StatedProcess
from kierto.core.text import Sentence as _

CO2 = "CO2"
MASS_SLACK = 1.02
ENERGY_SLACK = 1.15
"""Heating values differ by moisture and source; more than this is no matter of moisture."""
HEAT_PUMP_LIMIT = 10.0
"""Heat or cold per power that no heat pump passes (real ones: 2 to 7)."""
PLACEHOLDER_CAPACITY = 1e6
"""Main flow a second; more than this much is a way of writing "any size"."""
UNITS = ("kg", "MJ")


@dataclass(frozen=True, slots=True)
class FlowMeaning:
    """What a flow of the database is here."""

    output_kind: str
    input_kind: str
    carbon: str
    heating_value: float | None
    """MJ per kg; None where the flow carries no energy that is used, or it is not known."""

    def kind(self, value: float) -> str:
        """Code of the kind on the side where the flow stands."""
        return self.input_kind if value < 0 else self.output_kind


def judge(process: StatedProcess, meanings: Mapping[str, FlowMeaning]) -> None:
    """Accept the process or say why not.

    Raises:
        RowLeft: with the first thing that does not fit, and the numbers.
    """
    for flow in process.flows:
        if flow.name not in meanings:
            raise RowLeft(_("No kind stands for its flow “%(flow)s”."), flow=flow.name)
        if flow.unit not in UNITS:
            raise RowLeft(
                _("Flow “%(flow)s” is in “%(unit)s”; the form knows kg and MJ."),
                flow=flow.name,
                unit=flow.unit,
            )
    _judge_main(process)
    _judge_sides(process)
    _judge_mass(process)
    _judge_energy(process, meanings)
    if process.capacity <= 0:
        raise RowLeft(_("Its capacity is %(value)s."), value=f"{process.capacity:g}")


def _judge_main(process: StatedProcess) -> None:
    main = process.flow(process.main)
    if main is None:
        raise RowLeft(
            _("Its main flow “%(main)s” is none of its flows (%(flows)s), so nothing gives the "
              "level."),
            main=process.main,
            flows=", ".join(flow.name for flow in process.flows),
        )  # fmt: skip
    if main.value == 0:
        raise RowLeft(_("Its main flow “%(main)s” is zero."), main=process.main)


def _judge_sides(process: StatedProcess) -> None:
    if not any(flow.value < 0 for flow in process.flows):
        raise RowLeft(
            _("No flow is negative: it takes nothing in. The signs of its inputs seem to be lost.")
        )
    if not any(flow.value > 0 and flow.name != CO2 for flow in process.flows):
        raise RowLeft(_("No flow but CO2 is positive: it gives nothing out that could be used."))


def _judge_mass(process: StatedProcess) -> None:
    taken = sum(-flow.value for flow in process.flows if flow.unit == "kg" and flow.value < 0)
    given = sum(flow.value for flow in process.flows if _counts_as_mass(flow))
    if given > taken * MASS_SLACK:
        raise RowLeft(
            _("It gives %(given)s kg out of %(taken)s kg without water and CO2; a sign or an "
              "amount is wrong."),
            given=f"{given:.4g}",
            taken=f"{taken:.4g}",
        )  # fmt: skip


def _counts_as_mass(flow: StatedFlow) -> bool:
    is_free = flow.name == CO2 or flow.name.startswith("water")
    return flow.unit == "kg" and flow.value > 0 and not is_free


def _judge_energy(process: StatedProcess, meanings: Mapping[str, FlowMeaning]) -> None:
    taken = [_energy(flow, meanings) for flow in process.flows if flow.value < 0]
    if None in taken:
        return
    supplied = sum(-(each or 0.0) for each in taken)
    given = sum(_energy(flow, meanings) or 0.0 for flow in process.flows if flow.value > 0)
    power = sum(-flow.value for flow in process.flows if flow.name == "elec" and flow.value < 0)
    pumped = sum(
        flow.value for flow in process.flows if flow.name in {"heat", "cooling"} and flow.value > 0
    )
    if power > 0 and supplied == power and given == pumped:
        _judge_heat_pump(pumped, power)
    elif given - _moved_cold(process) > supplied * ENERGY_SLACK:
        raise RowLeft(
            _("It gives %(given)s MJ out of %(taken)s MJ by the catalogue's heating values; a unit or "
              "an amount is wrong, or its fuel is richer than ours."),
            given=f"{given:.4g}",
            taken=f"{supplied:.4g}",
        )  # fmt: skip


def _moved_cold(process: StatedProcess) -> float:
    """Cooling moves heat away instead of making energy, so it may exceed what drives it."""
    return sum(flow.value for flow in process.flows if flow.name == "cooling" and flow.value > 0)


def _judge_heat_pump(pumped: float, power: float) -> None:
    if pumped > HEAT_PUMP_LIMIT * power:
        raise RowLeft(
            _("It gives %(ratio)s times its power as heat or cold; no heat pump does."),
            ratio=f"{pumped / power:.4g}",
        )


def _energy(flow: StatedFlow, meanings: Mapping[str, FlowMeaning]) -> float | None:
    """MJ that the flow carries, negative for inputs; None where it is not known."""
    if flow.unit == "MJ":
        return flow.value
    meaning = meanings[flow.name]
    if meaning.heating_value is None:
        return None if meaning.carbon != "none" and flow.value < 0 else 0.0
    return flow.value * meaning.heating_value
