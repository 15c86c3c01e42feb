"""What a new node needs first, by the command that the how-to names."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from kierto.catalogue.models import Recipe, ResourceSpecification
from kierto.config.cli import cli


@pytest.mark.django_db
def test_new_node_takes_the_catalogue_that_comes_with_kierto() -> None:
    first = CliRunner().invoke(cli, ["import", "catalogue", "--json"], catch_exceptions=False)
    assert json.loads(first.output)["counts"]["left"] == 0
    assert ResourceSpecification.objects.count() >= 90
    assert Recipe.objects.count() >= 25


def test_import_of_a_table_asks_for_its_file() -> None:
    result = CliRunner().invoke(cli, ["import", "offers"])
    assert (result.exit_code, "Name the file to import" in result.output) == (2, True)
