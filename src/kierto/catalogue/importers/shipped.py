"""The catalogue that comes with Kierto, taken through the same importers as any other file."""

from __future__ import annotations

from importlib.resources import files

from kierto.catalogue.importers.displacements import import_displacements
from kierto.catalogue.importers.factors import import_factors
from kierto.catalogue.importers.kinds import import_kinds
from kierto.catalogue.importers.modes import import_transport
from kierto.catalogue.importers.names import import_names
from kierto.catalogue.importers.recipes import import_recipes
from kierto.catalogue.importers.whole import taken_whole
from kierto.core.intake import Intake
from kierto.parties.models import Agent

DATA = files("kierto.catalogue") / "data"


def shipped(name: str) -> bytes:
    """One of the files that come with the package."""
    return (DATA / name).read_bytes()


@taken_whole()
def import_shipped_catalogue(*, by: Agent) -> Intake:
    """Take what ships with Kierto: factors, ways of carrying, kinds, names, recipes, displacements.

    Raises:
        NotAllowed: ``by`` is neither the system nor an administrator of the node.
    """
    whole = Intake("catalogue")
    for each in (
        import_factors(shipped("factors.csv"), name="factors.csv", by=by),
        import_transport(shipped("transport.csv"), name="transport.csv", by=by),
        import_kinds(shipped("kinds.csv"), name="kinds.csv", by=by),
        import_names(shipped("labels.csv"), name="labels.csv", by=by),
        import_recipes(
            shipped("recipes.csv"), shipped("recipe_flows.csv"), name="recipes.csv", by=by
        ),
        import_displacements(shipped("displacements.csv"), name="displacements.csv", by=by),
    ):
        whole.rows += each.rows
    return whole
