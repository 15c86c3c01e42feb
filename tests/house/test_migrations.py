"""The migrations say what the models say, and go down the floors as the models do."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from tests.house.floors import floor_of

OURS = {app.label for app in apps.get_app_configs() if app.name.startswith("kierto.")}


@pytest.mark.django_db
def test_no_change_of_a_model_waits_for_its_migration() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=1)


def test_migrations_depend_on_lower_floors_only() -> None:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    wrong = [
        f"{app}.{name} depends on {needed}"
        for (app, name), migration in loader.disk_migrations.items()
        if app in OURS
        for needed, _ in migration.dependencies
        if needed in OURS and needed != app and floor_of(needed) <= floor_of(app)
    ]
    assert wrong == []


@pytest.mark.django_db
def test_migrations_leave_the_database_with_every_table() -> None:
    tables = set(connection.introspection.table_names())
    wanted = {
        model._meta.db_table for label in OURS for model in apps.get_app_config(label).get_models()
    }
    assert wanted - tables == set()
