"""The peer of `dispatch.py`: the same district in PyPSA, run by an interpreter that has it.

    python _dispatch_pypsa.py PROBLEM.json [solver option=value …]

Reads what `DispatchProblem.to_dict` wrote, and prints one JSON object: objective (EUR with
carbon), seconds to build and to solve, seconds of
processor time, and the version. Imports nothing of Kierto.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pypsa

PLENTY = 1e6
"""kW that stand for "without limit"."""


def build(problem: dict) -> pypsa.Network:
    network = pypsa.Network()
    hours = len(problem["grid"]["import_price"])
    network.set_snapshots(pd.RangeIndex(hours))
    network.add("Bus", "electricity")
    _add_grid(network, problem)
    for building in problem["buildings"]:
        id_ = building["id"]
        network.add("Bus", f"heat {id_}")
        network.add("Load", f"load {id_}", bus="electricity", p_set=building["electricity"])
        network.add("Load", f"heat {id_}", bus=f"heat {id_}", p_set=building["heat"])
        network.add(
            "Generator", f"cold {id_}", bus=f"heat {id_}", p_nom=PLENTY,
            marginal_cost=problem["shortage_price"],
        )  # fmt: skip
    for roof in problem["solar"]:
        most = max(*roof["available"], 1e-9)
        network.add(
            "Generator", roof["id"], bus="electricity", p_nom=most,
            p_max_pu=np.array(roof["available"]) / most,
        )  # fmt: skip
    _add_heat(network, problem)
    _add_stores(network, problem, hours)
    return network


def _add_grid(network: pypsa.Network, problem: dict) -> None:
    grid = problem["grid"]
    buying = np.array(grid["import_price"]) + problem["carbon_price"] * np.array(grid["carbon"])
    selling = np.minimum(grid["export_price"], buying)
    for name, sign, price, limit in (
        ("import", 1, buying, grid["import_limit"]),
        ("export", -1, -selling, grid["export_limit"]),
        ("short", 1, problem["shortage_price"], None),
    ):
        network.add(
            "Generator", name, bus="electricity", sign=sign, marginal_cost=price,
            p_nom=PLENTY if limit is None else limit,
        )  # fmt: skip


def _add_heat(network: pypsa.Network, problem: dict) -> None:
    carbon = problem["carbon_price"]
    for pump in problem["heat_pumps"]:
        network.add(
            "Link", pump["id"], bus0="electricity", bus1=f"heat {pump['building']}",
            p_nom=pump["power"], efficiency=pump["cop"],
        )  # fmt: skip
    for boiler in problem["boilers"]:
        network.add(
            "Generator", boiler["id"], bus=f"heat {boiler['building']}",
            p_nom=PLENTY if boiler["power"] is None else boiler["power"],
            marginal_cost=boiler["cost"] + carbon * boiler["emissions"],
        )  # fmt: skip
    everybody = [building["id"] for building in problem["buildings"]]
    for source in problem["waste_heat"]:
        most = max(*source["available"], 1e-9)
        network.add("Bus", source["id"])
        network.add(
            "Generator", source["id"], bus=source["id"], p_nom=most,
            p_max_pu=np.array(source["available"]) / most,
            marginal_cost=source["cost"] + carbon * source["emissions"],
        )  # fmt: skip
        for building in source["buildings"] or everybody:
            network.add(
                "Link", f"{source['id']} {building}", bus0=source["id"], bus1=f"heat {building}",
                p_nom=most, efficiency=1 - source["loss"],
            )  # fmt: skip


def _add_stores(network: pypsa.Network, problem: dict, hours: int) -> None:
    for store in (*problem["batteries"], *problem["tanks"]):
        battery = "charge" in store
        bus = f"cell {store['id']}" if battery else f"heat {store['building']}"
        if battery:
            network.add("Bus", bus)
            network.add(
                "Link", f"{store['id']} in", bus0="electricity", bus1=bus,
                p_nom=store["charge"], efficiency=store["charge_efficiency"],
            )  # fmt: skip
            out = store["discharge_efficiency"]
            network.add(
                "Link", f"{store['id']} out", bus0=bus, bus1="electricity",
                p_nom=store["discharge"] / out, efficiency=out, marginal_cost=store["cost"] * out,
            )  # fmt: skip
        least = np.zeros(hours)
        least[-1] = store["initial"] / store["capacity"]
        # PyPSA takes no loss off the initial level in the first hour; we do.
        initial = (1 - store["loss"]) * store["initial"]
        network.add(
            "Store", store["id"], bus=bus, e_nom=store["capacity"], e_initial=initial,
            e_min_pu=least, standing_loss=store["loss"], e_cyclic=False,
        )  # fmt: skip


def main() -> None:
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    problem = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    options = dict(argument.split("=") for argument in sys.argv[2:])
    started, before = time.perf_counter(), time.process_time()
    network = build(problem)
    built = time.perf_counter()
    status, condition = network.optimize(
        solver_name="highs", solver_options={"output_flag": False, **options}
    )
    answer = {
        "objective": float(network.objective),
        "build": built - started,
        "solve": time.perf_counter() - built,
        "processor": time.process_time() - before,
        "status": f"{status}: {condition}",
        "version": pypsa.__version__,
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
