"""Files into the catalogue: row by row, repeatable, never half."""

from __future__ import annotations

from kierto.catalogue.importers.displacements import import_displacements
from kierto.catalogue.importers.factors import import_factors
from kierto.catalogue.importers.kinds import import_kinds
from kierto.catalogue.importers.modes import import_transport
from kierto.catalogue.importers.names import import_names
from kierto.catalogue.importers.processes import import_processes
from kierto.catalogue.importers.recipes import import_recipes
from kierto.catalogue.importers.shipped import import_shipped_catalogue

__all__ = [
    "import_displacements",
    "import_factors",
    "import_kinds",
    "import_names",
    "import_processes",
    "import_recipes",
    "import_shipped_catalogue",
    "import_transport",
]
