"""What the flows of the process database are in our catalogue; kinds it lacks are added."""

from __future__ import annotations

from dataclasses import dataclass

from kierto.catalogue.importers.judging import FlowMeaning
from kierto.catalogue.importers.kinds import import_kinds
from kierto.catalogue.importers.process_files import StatedFlow
from kierto.catalogue.importers.shipped import shipped
from kierto.catalogue.models import ResourceSpecification
from kierto.core.tables import read_table, write_csv
from kierto.parties.models import Agent

TABLE = "process_flows.csv"
KINDS = "process_kinds.csv"


@dataclass(frozen=True, slots=True)
class Meanings:
    """Meaning of each flow by its name, and the kinds by code."""

    by_flow: dict[str, FlowMeaning]
    kinds: dict[str, ResourceSpecification]

    def kind(self, flow: StatedFlow) -> ResourceSpecification:
        """The kind that the flow is, on the side where it stands."""
        return self.kinds[self.by_flow[flow.name].kind(flow.value)]

    @classmethod
    def for_flows(cls, names: set[str], *, by: Agent) -> Meanings:
        """The meanings of these flows; kinds that only they need are added to the catalogue."""
        rows = [row for row in read_table(shipped(TABLE), name=TABLE) if row["flow"] in names]
        wanted = {row[side] for row in rows for side in ("output_kind", "input_kind")}
        _add_kinds(wanted, by)
        kinds = {kind.code: kind for kind in ResourceSpecification.objects.all()}
        by_flow = {
            row["flow"]: FlowMeaning(
                output_kind=row["output_kind"],
                input_kind=row["input_kind"],
                carbon=row["carbon"],
                heating_value=kinds[row["input_kind"]].heating_value,
            )
            for row in rows
            if {row["output_kind"], row["input_kind"]} <= kinds.keys()
        }
        return cls(by_flow, kinds)


def _add_kinds(wanted: set[str], by: Agent) -> None:
    rows = {row["code"]: row for row in read_table(shipped(KINDS), name=KINDS)}
    there = set(ResourceSpecification.objects.values_list("code", flat=True))
    chosen: set[str] = set()
    waiting = [code for code in wanted if code in rows]
    while waiting:
        code = waiting.pop()
        if code in rows and code not in there | chosen:
            chosen.add(code)
            waiting.append(rows[code]["parent"])
    if chosen:
        header = list(next(iter(rows.values())).values)
        table = write_csv(
            header,
            [[row[name] for name in header] for row in rows.values() if row["code"] in chosen],
        )
        import_kinds(table.encode(), name=KINDS, by=by)
