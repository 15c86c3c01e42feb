"""linopy: one variable over all arcs, balances by grouped sums, handed to HiGHS in memory."""

from __future__ import annotations

import linopy
import numpy as np
import pandas as pd
import xarray as xr

from planner_methods.instance import Floats, Instance, Integers
from planner_methods.worker import Answer, Options, work


def build(instance: Instance) -> linopy.Model:
    arcs = instance.arcs()
    model = linopy.Model()
    flow = model.add_variables(lower=0, coords=[pd.RangeIndex(len(arcs), name="arc")], name="flow")
    disposed = _by_port(model, "disposed", np.full(instance.sources, np.inf))
    buying = np.isfinite(instance.sink_fallback)
    bought = _by_port(model, "bought", np.where(buying, np.inf, 0.0))
    recipe = pd.RangeIndex(instance.recipes, name="recipe")
    cost = (flow * arcs.price).sum() + (disposed * instance.source_fallback).sum()
    cost += (bought * np.where(buying, instance.sink_fallback, 0.0)).sum()
    level = None
    if instance.recipes:
        level = model.add_variables(
            lower=0, upper=pd.Series(instance.recipe_capacity, recipe), name="level"
        )
        cost += (level * instance.recipe_price).sum()
    sides = [
        ("given", arcs.source, disposed, instance.source_amount, instance.stream_is_output),
        ("taken", arcs.sink, bought, instance.sink_amount, ~instance.stream_is_output),
    ]
    for name, ends, rest, amount, mine in sides:
        moved = flow.groupby(pd.Series(ends, pd.RangeIndex(len(arcs), name="arc"), name="port"))
        total = moved.sum() + rest
        stream = np.flatnonzero(mine)
        _balance(model, name, total, amount, level, instance, stream)
    model.add_objective(cost)
    return model


def _by_port(model: linopy.Model, name: str, most: Floats) -> linopy.Variable:
    ports = pd.RangeIndex(len(most), name="port")
    return model.add_variables(lower=0, upper=pd.Series(most, ports), name=name)


def _balance(
    model: linopy.Model,
    name: str,
    total: linopy.LinearExpression,
    amount: Floats,
    level: linopy.Variable | None,
    instance: Instance,
    stream: Integers,
) -> None:
    """People's ports move their amount; a recipe's ports move yield · level."""
    ports = instance.stream_port[stream]
    own = np.setdiff1d(np.arange(len(amount)), ports)
    people = xr.DataArray(amount[own], coords={"port": own}, dims="port")
    model.add_constraints(total.sel(port=own) == people, name=name)
    if level is None or not len(stream):
        return
    recipe = xr.DataArray(instance.stream_recipe[stream], coords={"port": ports}, dims="port")
    yields = xr.DataArray(instance.stream_yield[stream], coords={"port": ports}, dims="port")
    passed = level.sel(recipe=recipe) * yields
    model.add_constraints(total.sel(port=ports) - passed == 0, name=f"{name} by recipes")


def solve(model: linopy.Model, options: Options) -> Answer:
    status, condition = model.solve(
        "highs", io_api="direct", output_flag=False, progress=False, **options
    )
    if condition != "optimal":
        raise SystemExit(f"{status}: {condition}")
    return Answer(float(model.objective.value))


if __name__ == "__main__":
    work(build, solve, package="linopy")
