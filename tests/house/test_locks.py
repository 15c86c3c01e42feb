"""The locks pin every package by hash and name no host, so that any mirror can serve them."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.floors import ROOT

PYTHON_LOCKS = ["requirements.lock", "requirements-bootstrap.lock", "benchmarks/peers.lock"]


def tracked(pattern: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", pattern],
        check=True, cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    return [ROOT / name for name in listed.stdout.splitlines()]


@pytest.mark.parametrize("name", PYTHON_LOCKS)
def test_python_lock_names_no_host(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    named = [line for line in lines if "://" in line or "--index" in line or "--find" in line]
    assert named == []


@pytest.mark.parametrize("name", PYTHON_LOCKS)
def test_python_lock_gives_a_hash_for_every_pin(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[a-zA-Z0-9])", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))
    loose = [
        entry.splitlines()[0]
        for entry in entries
        if entry.strip() and not ("==" in entry and "--hash=sha256:" in entry)
    ]
    assert loose == []


def test_python_lock_pins_what_the_project_asks_for() -> None:
    project = pyproject()
    asked = [
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["postgres"],
        *project["dependency-groups"]["dev"],
    ]
    assert pinned_wrongly("requirements.lock", asked) == []


def test_peers_lock_pins_what_the_planner_is_measured_against() -> None:
    asked = pyproject()["dependency-groups"]["peers"]
    assert pinned_wrongly("benchmarks/peers.lock", asked) == []


def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def pinned_wrongly(lock: str, asked: list[str]) -> list[str]:
    """The requirements that a lock does not pin, or pins to a version that they refuse."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    pinned = dict(re.findall(r"^([a-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", text, re.MULTILINE))
    return [
        str(requirement)
        for requirement in map(Requirement, asked)
        if not requirement.specifier.contains(pinned.get(canonicalize_name(requirement.name), "0"))
    ]


def test_npm_locks_name_no_host_and_hash_every_package() -> None:
    wrong = []
    for path in tracked("*package-lock.json"):
        text = path.read_text(encoding="utf-8")
        if '"resolved"' in text:
            wrong.append(f"{path.relative_to(ROOT)} names a host")
        for name, entry in json.loads(text)["packages"].items():
            if name and not entry.get("link") and "integrity" not in entry:
                wrong.append(f"{path.relative_to(ROOT)}: {name} has no hash")
    assert wrong == []


def test_every_npm_project_leaves_hosts_out_of_its_lock() -> None:
    careless = [
        str(path.parent.relative_to(ROOT))
        for path in tracked("*package.json")
        if "omit-lockfile-registry-resolved=true" not in _npmrc(path.parent)
    ]
    assert careless == []


def _npmrc(folder: Path) -> str:
    file = folder / ".npmrc"
    return file.read_text(encoding="utf-8") if file.exists() else ""
