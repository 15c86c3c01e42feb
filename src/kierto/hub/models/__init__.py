"""What the hub keeps: entities and their history, who listens, who else knows, who may read."""

from kierto.hub.models.history import (
    HistoryEntity,
    HistoryErased,
    HistoryFile,
    HistoryInstance,
    HistoryName,
    HistorySeries,
    HistoryType,
    RetentionRule,
)

__all__ = [
    "HistoryEntity",
    "HistoryErased",
    "HistoryFile",
    "HistoryInstance",
    "HistoryName",
    "HistorySeries",
    "HistoryType",
    "RetentionRule",
]
