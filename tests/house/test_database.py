"""The test run's own ground: which database it stands on, and that committed rows go away."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.utils import DatabaseError

from kierto.parties.models import Agent, AgentType

GUARD = {
    "sqlite": [
        "CREATE TRIGGER guard BEFORE DELETE ON parties_agent "
        "BEGIN SELECT RAISE(ABORT, 'never deleted'); END"
    ],
    "postgresql": [
        "CREATE FUNCTION guard() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'never deleted'; END $$",
        "CREATE TRIGGER guard BEFORE DELETE OR TRUNCATE ON parties_agent "
        "FOR EACH STATEMENT EXECUTE FUNCTION guard()",
    ],
}
UNGUARD = {
    "sqlite": ["DROP TRIGGER guard"],
    "postgresql": ["DROP TRIGGER guard ON parties_agent", "DROP FUNCTION guard()"],
}


@pytest.mark.django_db(transaction=True)
def test_flush_goes_past_triggers_and_puts_them_back() -> None:
    run_sql(GUARD[connection.vendor])
    Agent.objects.create(type=AgentType.PERSON)
    with pytest.raises(DatabaseError):
        run_sql(["DELETE FROM parties_agent"])
    call_command("flush", interactive=False, verbosity=0, inhibit_post_migrate=True)
    assert Agent.objects.count() == 0
    Agent.objects.create(type=AgentType.PERSON)
    with pytest.raises(DatabaseError):
        run_sql(["DELETE FROM parties_agent"])
    run_sql(UNGUARD[connection.vendor])


def run_sql(statements: list[str]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
