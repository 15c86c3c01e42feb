"""`publiccode.yml` keeps to its standard (version 0.5) and agrees with the package."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
import yaml
from django.conf import settings

import kierto
from tests.house.floors import ROOT

MANDATORY = {
    "publiccodeYmlVersion", "name", "url", "platforms", "developmentStatus", "softwareType",
    "description", "legal", "maintenance", "localisation",
}  # fmt: skip


@pytest.fixture(scope="module")
def publiccode() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "publiccode.yml").read_text(encoding="utf-8"))


def test_mandatory_keys_are_there(publiccode: dict[str, Any]) -> None:
    assert MANDATORY - publiccode.keys() == set()
    assert publiccode["maintenance"]["contacts"][0].keys() >= {"name"}


def test_descriptions_have_the_prescribed_length(publiccode: dict[str, Any]) -> None:
    for text in publiccode["description"].values():
        assert len(text["shortDescription"]) <= 150
        assert 150 <= len(text["longDescription"]) <= 10_000
        assert 5 <= len(text["features"]) <= 20


def test_it_agrees_with_the_package(publiccode: dict[str, Any]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert publiccode["softwareVersion"] == kierto.__version__
    assert publiccode["legal"]["license"] == project["license"]
    assert publiccode["localisation"]["availableLanguages"] == [
        code for code, _ in settings.LANGUAGES
    ]
