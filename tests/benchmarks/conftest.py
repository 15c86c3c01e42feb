"""The programs of benchmarks/ import what they share from there, as they do when they are run."""

from __future__ import annotations

import sys

from tests.house.floors import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))
