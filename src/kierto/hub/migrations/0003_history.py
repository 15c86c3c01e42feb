"""Instances of the history stand in the order of their key, once: no second copy for an index."""

from django.db import migrations

CLUSTERED = """
CREATE TABLE hub_historyinstance (
    month integer NOT NULL,
    series bigint NOT NULL,
    at bigint NOT NULL,
    twin bigint NOT NULL,
    number real NULL,
    quality smallint NULL,
    observed bool NOT NULL,
    created bigint NULL,
    modified bigint NULL,
    document text NULL,
    gone bool NOT NULL,
    PRIMARY KEY (month, series, at, twin)
) WITHOUT ROWID
"""


def cluster(apps, schema_editor):
    """SQLite keeps a table in its key's order only when told so at its making."""
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TABLE hub_historyinstance")
        schema_editor.execute(CLUSTERED)


class Migration(migrations.Migration):
    dependencies = [("hub", "0002_tables")]

    operations = [migrations.RunPython(cluster, migrations.RunPython.noop)]
