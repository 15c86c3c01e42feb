"""Many callers, one commit: the writer thread with real transactions, and a second process."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction

from kierto.hub.access import EVERYTHING
from kierto.hub.callers import SYSTEM
from kierto.hub.models import Entity, Name, Term
from kierto.hub.store import committing, names, reading, starting, tenants
from kierto.hub.store.writing import Change, Changed, on_changed, run, write, write_here
from kierto.ngsild.errors import AlreadyExists
from tests.hub.stored import count, entity, found, home, put, putting, query

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What a listener of the test's own hears, and nobody else listens."""
    monkeypatch.setattr(committing, "listeners", {})
    said: list[Any] = []

    def listen(changed: list[Changed], cursor: object) -> Any:
        said.append([(each.entity_id, each.before is None, each.after is None) for each in changed])
        return lambda: said.append("committed")

    on_changed("test", listen)
    return said


def _together(work: list[Any]) -> None:
    threads = [threading.Thread(target=each) for each in work]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


def test_threads_share_commits_and_every_one_has_its_own_result(heard: list[Any]) -> None:
    results: dict[int, Any] = {}

    def work(number: int) -> None:
        results[number] = put(entity(str(number), lux=number))[0].after

    home()
    _together([lambda number=number: work(number) for number in range(40)])
    assert sorted(results) == list(range(40))
    assert count(query()) == 40
    assert heard.count("committed") <= 40
    assert sum(len(each) for each in heard if each != "committed") == 40


def test_one_id_is_made_once_by_however_many(heard: list[Any]) -> None:
    errors: list[Any] = []
    document = entity("1", lux=1)

    def create(before: Any) -> Any:
        if before is not None:
            raise AlreadyExists("There is one.")
        return document

    def work() -> None:
        (result,) = write([Change(home(), document["id"], create, SYSTEM)])
        errors.append(type(result.error))

    home()
    _together([work] * 16)
    assert sorted(map(str, errors)) == sorted(map(str, [type(None)] + [AlreadyExists] * 15))
    assert Entity.objects.count() == 1


def test_nothing_is_lost_of_many_changes_of_one_entity(heard: list[Any]) -> None:
    put(entity("1", lux=0))

    def add(before: Any) -> Any:
        lux = next(iter(before["attributes"].values()))[0]["value"]
        return entity("1", lux=lux + 1)

    def work() -> None:
        for _ in range(10):
            write([Change(home(), "urn:ngsi-ld:Light:1", add, SYSTEM)])

    _together([work] * 8)
    assert found(query("lux==80")) == ["1"]
    assert Term.objects.count() == 2


def test_a_listener_that_fails_undoes_only_what_it_failed_at(
    heard: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def listen(changed: list[Changed], cursor: object) -> None:
        if any(each.entity_id.endswith(":bad") for each in changed):
            raise ValueError("bad")

    on_changed("strict", listen)
    failed: list[str] = []

    def work(name: str) -> None:
        try:
            put(entity(name))
        except ValueError as error:
            failed.append(str(error))

    home()
    _together([lambda name=name: work(name) for name in ["1", "bad", "2", "3", "bad", "4"]])
    assert failed == ["bad", "bad"]
    assert sorted(found(query())) == ["1", "2", "3", "4"]


def test_what_fails_after_a_commit_is_told_and_fails_nobody(
    heard: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    def listen(changed: list[Changed], cursor: object) -> Any:
        def fail() -> None:
            raise ValueError("too late")

        return fail

    on_changed("late", listen)
    put(entity("1"))
    assert found(query()) == ["1"]
    assert "What late does after a commit failed." in caplog.text


def test_run_joins_the_group_and_raises_its_own_error(heard: list[Any]) -> None:
    def fail(cursor: object) -> None:
        Entity.objects.all().delete()
        raise ValueError("half way")

    put(entity("1"))
    with pytest.raises(ValueError, match="half way"):
        run(fail)
    assert run(lambda cursor: Entity.objects.count()) == 1


def test_inside_a_transaction_the_caller_s_connection_does_the_work(heard: list[Any]) -> None:
    with transaction.atomic():
        put(entity("1", lux=1))
        assert found(query("lux==1")) == ["1"]
        transaction.set_rollback(True)
    assert (count(query()), Name.objects.count()) == (0, 0)
    assert heard == [[("urn:ngsi-ld:Light:1", True, False)]]
    # Numbers that were undone are not remembered: the same names are found again.
    put(entity("1", lux=1))
    assert found(query("lux==1")) == ["1"]
    with transaction.atomic():
        write_here([putting(entity("2", lux=1))])
    assert heard[-1] == "committed"
    assert found(query("lux==1")) == ["1", "2"]


def test_write_here_asks_for_an_open_transaction() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        write_here([putting(entity("1"))])


def test_what_is_committed_is_read_at_once_by_every_thread(heard: list[Any]) -> None:
    wrong: list[str] = []

    def work(number: int) -> None:
        document = entity(str(number), lux=number)
        put(document)
        if reading.get(home(), document["id"], EVERYTHING) != document:
            wrong.append(document["id"])

    home()
    _together([lambda number=number: work(number) for number in range(30)])
    assert wrong == []


def test_the_writer_ends_and_begins_again(heard: list[Any]) -> None:
    put(entity("1"))
    starting.forget()
    assert not [each for each in threading.enumerate() if each.name == "hub-writer"]
    put(entity("2"))
    assert found(query()) == ["1", "2"]


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_has_a_writer_of_its_own(heard: list[Any]) -> None:
    put(entity("1"))
    child = os.fork()
    if child == 0:
        code = 1
        try:
            # The parent's connection to the database is the parent's.
            connection.connection = None
            put(entity("2"))
            code = 0 if found(query()) == ["1", "2"] else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert found(query()) == ["1", "2"]


_PROCESS = """
import sys, threading, django
django.setup()
from django.db import connection
connection.settings_dict["NAME"] = sys.argv[1]
from kierto.hub.store import committing
committing.listeners.clear()
from kierto.hub.store.writing import write
from kierto.ngsild.errors import AlreadyExists
from tests.hub.stored import entity, home, putting
from kierto.hub.callers import SYSTEM
from kierto.hub.store.writing import Change
home()
made = []

def work(start):
    for number in range(start, 200, 4):
        document = entity(str(number), lux=number, **{f"a{number % 9}": sys.argv[2]})
        def create(before):
            if before is not None:
                raise AlreadyExists("There is one.")
            return document
        (result,) = write([Change(home(), document["id"], create, SYSTEM)])
        made.append(result.error is None)
        assert result.error is None or isinstance(result.error, AlreadyExists), result.error

threads = [threading.Thread(target=work, args=(start,)) for start in range(4)]
for each in threads: each.start()
for each in threads: each.join()
print(sum(made), len(made))
"""


def test_two_processes_make_the_same_entities_each_once(heard: list[Any]) -> None:
    tenants.find("")
    command = [sys.executable, "-c", _PROCESS, str(settings.DATABASES["default"]["NAME"])]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    processes = [
        subprocess.Popen([*command, name], env=environment, stdout=subprocess.PIPE, text=True)
        for name in ("one", "two")
    ]
    made = [process.communicate(timeout=120)[0].split() for process in processes]
    assert [int(total) for _, total in made] == [200, 200]
    assert sum(int(number) for number, _ in made) == 200
    names.forget()
    assert (count(query()), count(query("lux"))) == (200, 200)
    assert sum(count(query(f"a{number}")) or 0 for number in range(9)) == 200
    assert count(query("lux==150")) == 1
