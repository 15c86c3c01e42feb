"""What Django's tables cannot say: rows that stand in their key's order, and an index of boxes."""

from django.db import migrations

# Without a rowid the index of values is one tree, not two.
SQLITE = [
    "DROP TABLE hub_term",
    """
    CREATE TABLE hub_term (
        name integer NOT NULL,
        value blob NOT NULL,
        entity bigint NOT NULL,
        PRIMARY KEY (name, value, entity)
    ) WITHOUT ROWID
    """,
    "DROP TABLE hub_box",
    "CREATE VIRTUAL TABLE hub_box USING rtree(id, west, east, south, north, name_low, name_high)",
]
# Every name has a strip of its own of the plane, so that no tenant slows another.
POSTGRESQL = [
    """
    CREATE INDEX hub_box_place ON hub_box USING gist (
        box(point(west + name_low * 1000, south), point(east + name_low * 1000, north))
    )
    """,
]


def make(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    for statement in SQLITE if vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("hub", "0001_initial")]

    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
