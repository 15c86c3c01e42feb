"""What the hub keeps: entities and their history, who listens, who else knows, who may read."""

from kierto.hub.models.contexts import ContextKind, StoredContext
from kierto.hub.models.datasets import AccessRequest, DataSet
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
from kierto.hub.models.nodes import Invitation, Node
from kierto.hub.models.reads import How, ReadLog, ReadOwner, What
from kierto.hub.models.registrations import (
    EntityMap,
    Registration,
    RegistrationKey,
    RegistrationState,
    Snapshot,
    SnapshotEntity,
)
from kierto.hub.models.sensors import Alarm, Device, Openness, Received
from kierto.hub.models.store import Box, Entity, Form, Name, Tenant, Term
from kierto.hub.models.subscriptions import (
    OutboxRow,
    Subscription,
    SubscriptionCopy,
    SubscriptionState,
)
from kierto.hub.models.tokens import Token

__all__ = [
    "AccessRequest",
    "Alarm",
    "Box",
    "ContextKind",
    "DataSet",
    "Device",
    "Entity",
    "EntityMap",
    "Form",
    "HistoryEntity",
    "HistoryErased",
    "HistoryFile",
    "HistoryInstance",
    "HistoryName",
    "HistorySeries",
    "HistoryType",
    "How",
    "Invitation",
    "Name",
    "Node",
    "Openness",
    "OutboxRow",
    "ReadLog",
    "ReadOwner",
    "Received",
    "Registration",
    "RegistrationKey",
    "RegistrationState",
    "RetentionRule",
    "Snapshot",
    "SnapshotEntity",
    "StoredContext",
    "Subscription",
    "SubscriptionCopy",
    "SubscriptionState",
    "Tenant",
    "Term",
    "Token",
    "What",
]
