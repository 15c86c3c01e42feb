"""Nothing is booked twice: by the database's own refusal."""

from django.db import migrations

from kierto.sharing.guards import lower_guards, raise_guards


def put_up(apps, schema_editor):
    for statement in raise_guards(schema_editor.connection.vendor):
        schema_editor.execute(statement)


def take_down(apps, schema_editor):
    for statement in lower_guards(schema_editor.connection.vendor):
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("sharing", "0001_initial")]

    operations = [migrations.RunPython(put_up, take_down)]
