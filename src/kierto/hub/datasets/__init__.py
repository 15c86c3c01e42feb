"""Data sets: what is known here, what it is worth, who may use it, and asking for the rest."""

from __future__ import annotations


def register() -> None:
    """Hear of erasures, name the notices, and measure the data sets by a round."""
    from kierto.core import rounds
    from kierto.hub.datasets import erasure, ledger_export, measures, topics

    topics.register()
    erasure.register()
    ledger_export.start()
    rounds.every("data sets: rows, quality and freshness are measured", 300, measures.measure_due)
