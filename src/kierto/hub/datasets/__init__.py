"""Data sets: what is known here, what it is worth, who may use it, and asking for the rest."""

from __future__ import annotations


def register() -> None:
    """Hear of erasures, name the notices, and measure the data sets by a round."""
    from kierto.core import rounds
    from kierto.hub.datasets import erasure, measures, topics

    topics.register()
    erasure.register()
    rounds.every("data sets: rows, quality and freshness are measured", 300, measures.measure_due)
