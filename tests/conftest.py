"""What every test may rely on: one clean database, its kind by marker, no network but loopback."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from django.conf import settings
from django.test.utils import teardown_databases
from django.utils import timezone, translation
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_django.plugin import DjangoDbBlocker

from tests import migrated
from tests.demonstration import Demonstration, loaded_demonstration
from tests.settings import FOLDER

_TOUCHES_DATABASE = {
    "db",
    "transactional_db",
    "django_db_reset_sequences",
    "django_db_serialized_rollback",
    "live_server",
    "admin_user",
    "admin_client",
}

# Time limits of single examples say more about a busy machine than about the code.
hypothesis_settings.register_profile(
    "kierto",
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
hypothesis_settings.load_profile("kierto")

TABLES = "_states.py"
"""Every state × state × role: these ask a database nothing that other tests do not ask, so the
second database is spared them."""

LONGEST = (
    ("tests/house/test_wheel.py", "tests/browser/"),
    ("tests/demo/", "tests/attacks/"),
    (
        "tests/house/test_checks.py",
        "tests/hub/test_killing.py",
        "tests/hub/test_subscriptions_killing.py",
        "tests/hub/test_sensors_listening.py",
        "tests/hub/test_openapi_fuzz.py",
    ),
)
"""What each worker begins with, so that at the end none is alone with a long test."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("kierto")
    group.addoption(
        "--database-only",
        action="store_true",
        help="run only the tests that touch the database (and no browser)",
    )
    group.addoption(
        "--earlier-run",
        metavar="CODE",
        type=int,
        default=0,
        help="exit code of the run before this one; a failure there makes this run fail as well",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what belongs to the other database, or does not touch one when that is asked."""
    (other,) = {"postgresql", "sqlite"} - {_vendor()}
    chosen = [item for item in items if not item.get_closest_marker(other)]
    if config.getoption("--database-only"):
        chosen = [
            item
            for item in chosen
            if touches_database(item)
            and not item.get_closest_marker("browser")
            and not item.path.name.endswith(TABLES)
        ]
    kept = set(chosen)
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = _dealt(chosen, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


def _dealt(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """In the order in which pytest-xdist cuts it into one part for each worker."""
    heads: list[list[pytest.Item]] = [[] for _ in range(workers)]
    for number, beginnings in enumerate(LONGEST):
        for beginning in beginnings:
            found = [item for item in items if item.nodeid.startswith(beginning)]
            heads[number % workers] += found
    long = {item for head in heads for item in head}
    rest = iter([item for item in items if item not in long])
    order: list[pytest.Item] = []
    for number, head in enumerate(heads):
        size = (len(items) - len(order)) // (workers - number)
        order += head + list(islice(rest, max(0, size - len(head))))
    return order + list(rest)


def touches_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is not None or bool(fixtures & _TOUCHES_DATABASE)


def pytest_report_header(config: pytest.Config) -> str:
    return f"database: {_vendor()}"


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if session.config.getoption("--earlier-run") and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    code = config.getoption("--earlier-run")
    if code:
        terminalreporter.section("the run before this one FAILED", red=True, bold=True)
        terminalreporter.line(f"It ended with exit code {code}. Its failures are listed above.")


def _vendor() -> str:
    engine = settings.DATABASES["default"]["ENGINE"]
    return "sqlite" if engine.endswith("sqlite3") else "postgresql"


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_modify_db_settings: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[None]:
    """The test database of this process: a copy of the migrated one, which is made if need be."""
    with django_db_blocker.unblock():
        configuration = migrated.set_up()
    yield
    with django_db_blocker.unblock():
        teardown_databases(configuration, verbosity=0)


@pytest.fixture(scope="session")
def migrated_folder(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a migrated and empty SQLite database; for nodes to take copies of."""
    folder = tmp_path_factory.mktemp("migrated")
    assert migrated.lay(folder / "kierto.sqlite3")
    return folder


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A copy of the environment without any `KIERTO_…` setting, for starting processes with."""
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE", raising=False)
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("KIERTO_", "DJANGO_", "PYTEST_"))
    }


@pytest.fixture(autouse=True)
def _english_and_the_node_s_time() -> None:
    """A request leaves its language and time zone with its thread; the next test starts anew."""
    translation.activate(settings.LANGUAGE_CODE)
    timezone.deactivate()


@pytest.fixture(scope="session")
def demonstration() -> Demonstration:
    """The demonstration district, loaded from the wheel; take a `copy` to change anything."""
    return loaded_demonstration(FOLDER)
