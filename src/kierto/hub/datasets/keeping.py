"""How long the rows of a data set are kept: the rules of the history that hold for them."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from kierto.hub import vocabulary
from kierto.hub.datasets.contents import attribute_iris, type_iris
from kierto.hub.datasets.states import Kind
from kierto.hub.history import retention
from kierto.hub.models import DataSet
from kierto.hub.store import tenants


@dataclass(frozen=True, slots=True)
class Kept:
    """Of one attribute of one kind: days of single values, sums by hour and by day. ``None``: for
    good."""

    type: str
    attribute: str
    raw_days: int | None
    hours_days: int | None
    days_days: int | None


def kept_for(data_set: DataSet) -> list[Kept]:
    """What holds for each kind of reading; empty: nothing is ever taken away."""
    if data_set.kind != Kind.HISTORY:
        return []
    tenant, compact = tenants.find(""), vocabulary.context().compact
    with connection.cursor() as cursor:
        rules = retention.rules(cursor, tenant.id)
    found = []
    for kind in type_iris(data_set) if rules else ():
        for attribute in attribute_iris(data_set):
            rule = retention.rule_for(rules, tenant.id, [kind], attribute)
            if rule is not None:
                days = (rule.raw_days, rule.hours_days, rule.days_days)
                found.append(Kept(compact(kind), compact(attribute), *days))
    return found
