"""PyPSA: a bus for each port, a link for each arc, a link of many ports for each recipe.

PyPSA has no "disposal", so an offer is a generator that may run below its amount and is paid the
disposal it saves; the constant (everything disposed of) is added afterwards. A need is a load,
with a generator that buys new. What a recipe makes and nobody takes is absorbed by a generator
of sign −1. So there is no variable that a hand-written model would not have.
"""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pypsa
from numpy.typing import NDArray

from planner_methods.instance import Instance
from planner_methods.worker import Answer, Options, work

Names = NDArray[np.str_]


def build(instance: Instance) -> tuple[pypsa.Network, float]:
    arcs = instance.arcs()
    net = pypsa.Network()
    sources = np.array([f"s{row}" for row in range(instance.sources)])
    sinks = np.array([f"t{row}" for row in range(instance.sinks)])
    net.add("Bus", sources)
    net.add("Bus", sinks)
    offers = np.flatnonzero(instance.source_amount > 0)
    outputs = np.setdiff1d(np.arange(instance.sources), offers)
    needs = np.flatnonzero(instance.sink_amount > 0)
    fallback = instance.source_fallback
    net.add(
        *("Generator", [f"offer {bus}" for bus in sources[offers]]),
        bus=sources[offers],
        p_nom=instance.source_amount[offers],
        marginal_cost=-fallback[offers],
    )
    if len(outputs):
        net.add(
            *("Generator", [f"dump {bus}" for bus in sources[outputs]]),
            bus=sources[outputs],
            sign=-1.0,
            p_nom=np.inf,
            marginal_cost=fallback[outputs],
        )
    net.add(
        *("Load", [f"need {bus}" for bus in sinks[needs]]),
        bus=sinks[needs],
        p_set=instance.sink_amount[needs],
    )
    bought = np.flatnonzero(np.isfinite(instance.sink_fallback))
    net.add(
        *("Generator", [f"buy {bus}" for bus in sinks[bought]]),
        bus=sinks[bought],
        p_nom=np.inf,
        marginal_cost=instance.sink_fallback[bought],
    )
    net.add(
        *("Link", [f"arc {row}" for row in range(len(arcs))]),
        bus0=sources[arcs.source],
        bus1=sinks[arcs.sink],
        p_nom=np.inf,
        marginal_cost=arcs.price,
    )
    if instance.recipes:
        names = [f"recipe {recipe}" for recipe in range(instance.recipes)]
        net.add("Link", names, **_recipes(instance, sources, sinks))
    return net, float(instance.source_amount @ fallback)


def _recipes(instance: Instance, sources: Names, sinks: Names) -> dict[str, Any]:
    """A recipe draws its first input from bus 0; all else is in proportion to that."""
    recipes = [_Recipe(instance, recipe) for recipe in range(instance.recipes)]
    drawn = np.array([recipe.yields[0] for recipe in recipes])
    columns: dict[str, Any] = {
        "p_nom": instance.recipe_capacity * drawn,
        "marginal_cost": instance.recipe_price / drawn,
    }
    for number in range(max(len(recipe.yields) for recipe in recipes)):
        columns[f"bus{number}"] = [recipe.bus(number, sources, sinks) for recipe in recipes]
        if number:
            name = "efficiency" if number == 1 else f"efficiency{number}"
            columns[name] = [recipe.share(number) for recipe in recipes]
    return columns


class _Recipe:
    """The streams of one recipe, inputs first."""

    def __init__(self, instance: Instance, recipe: int) -> None:
        mine = np.flatnonzero(instance.stream_recipe == recipe)
        mine = mine[np.argsort(instance.stream_is_output[mine], kind="stable")]
        self.ports = instance.stream_port[mine].tolist()
        self.yields = instance.stream_yield[mine].tolist()
        self.is_output = instance.stream_is_output[mine].tolist()

    def bus(self, number: int, sources: Names, sinks: Names) -> str:
        if number >= len(self.ports):
            return ""
        return str((sources if self.is_output[number] else sinks)[self.ports[number]])

    def share(self, number: int) -> float:
        """Per unit drawn from bus 0: what is put out, or (negative) drawn as well."""
        if number >= len(self.ports):
            return 1.0
        share: float = self.yields[number] / self.yields[0]
        return share if self.is_output[number] else -share


def solve(built: tuple[pypsa.Network, float], options: Options) -> Answer:
    logging.disable(logging.WARNING)
    net, constant = built
    status, condition = net.optimize(
        solver_name="highs", io_api="direct", solver_options={"output_flag": False, **options}
    )
    if condition != "optimal":
        raise SystemExit(f"{status}: {condition}")
    return Answer(float(net.objective) + constant)


if __name__ == "__main__":
    work(build, solve, package="pypsa")
