"""Offers, needs, processors and deliveries from tables.

Rows are known by their owner and key, so that importing the same file again changes nothing.
"""

from __future__ import annotations

from kierto.exchange.importers.deliveries import (
    DELIVERY_COLUMNS,
    DELIVERY_REQUIRED,
    import_deliveries,
)
from kierto.exchange.importers.intents import INTENT_COLUMNS, INTENT_REQUIRED, import_intents
from kierto.exchange.importers.processors import (
    PROCESSOR_COLUMNS,
    PROCESSOR_REQUIRED,
    import_processors,
)

__all__ = [
    "DELIVERY_COLUMNS",
    "DELIVERY_REQUIRED",
    "INTENT_COLUMNS",
    "INTENT_REQUIRED",
    "PROCESSOR_COLUMNS",
    "PROCESSOR_REQUIRED",
    "import_deliveries",
    "import_intents",
    "import_processors",
]
