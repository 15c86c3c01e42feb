"""The pages of open repair data, for every role, with one set and with several."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from kierto.repair.importers import import_open_data
from kierto.repair.models import DataSet
from kierto.repair.ords import COLUMNS, write_ords
from kierto.repair.urls import open_data
from tests.factories.parties import ROLES, make_agents, make_district, make_organization
from tests.factories.repair import make_category

pytestmark = pytest.mark.django_db

SignIn = Callable[[Agent | None], Client]
RUNNING = {"operator", "node admin", "node_admin", "district operator"}
PUBLIC = {
    "statistics", "statistics_csv", "statistics_json", "barriers", "barriers_csv",
    "barriers_json", "data_sets", "data_set", "data_set_csv", "data_set_odd_csv",
}  # fmt: skip
FOR_RUNNING = {"data_import", "own_csv"}


def file_of(count: int, start: int = 0, **other: str) -> bytes:
    cells = {
        "data_provider": "Group", "country": "FIN", "product_category": "Iron",
        "product_category_id": "40", "repair_status": "Fixed", "event_date": "2024-05-04",
        **other,
    }  # fmt: skip
    rows = [
        [{**cells, "id": f"row_{number}"}.get(column, "") for column in COLUMNS]
        for number in range(start, start + count)
    ]
    return "".join(write_ords(rows)).encode()


@pytest.fixture
def data_set(db: None) -> DataSet:
    make_category("Iron", number=40)
    return import_open_data(
        file_of(3, repair_status="fixed"), name="a.csv", by=system_agent()
    ).data_set


@pytest.fixture
def agents(db: None) -> dict[str, Agent | None]:
    return make_agents(make_organization(), make_district())


def as_agent(agent: Agent | None) -> Client:
    client = Client()
    if agent is not None:
        client.force_login(agent.person.user, "django.contrib.auth.backends.ModelBackend")
    return client


def address(name: str, data_set: DataSet) -> str:
    needs = name.startswith("data_set") and name != "data_sets"
    return reverse(f"repair:{name}", args=[data_set.pk] if needs else [])


def test_every_address_is_in_these_tables() -> None:
    assert {each.name for each in open_data.paths} == PUBLIC | FOR_RUNNING | {"data_set_remove"}


def test_every_page_answers_every_role(data_set: DataSet, agents: dict[str, Agent | None]) -> None:
    for role in ROLES:
        client = as_agent(agents[role])
        for name in PUBLIC:
            assert client.get(address(name, data_set)).status_code == 200, (name, role)
        expected = 200 if role in RUNNING else 302 if role == "visitor" else 403
        for name in FOR_RUNNING:
            assert client.get(address(name, data_set)).status_code == expected, (name, role)


def test_nobody_takes_out_what_others_brought_in_but_those_who_run_the_node(
    data_set: DataSet, agents: dict[str, Agent | None]
) -> None:
    page = address("data_set_remove", data_set)
    for role in ROLES:
        if role != "node_admin":
            expected = 302 if role == "visitor" else 403
            assert as_agent(agents[role]).post(page).status_code == expected, role
    assert DataSet.objects.count() == 1
    assert as_agent(agents["node_admin"]).get(page).status_code == 405
    assert as_agent(agents["node_admin"]).post(page).status_code == 302
    assert DataSet.objects.count() == 0


def upload(client: Client, data: bytes, **other: str) -> object:
    file = SimpleUploadedFile("repairs.csv", data, content_type="text/csv")
    return client.post(reverse("repair:data_import"), {"file": file, **other})


def test_an_upload_shows_its_report(data_set: DataSet, agents: dict[str, Agent | None]) -> None:
    operator = next(agents[role] for role in ROLES if role in RUNNING)
    client = as_agent(operator)
    answer = upload(client, file_of(2, start=50), source_note="A group", licence="CC0 1.0")
    found = DataSet.objects.get(name="repairs.csv")
    assert answer["Location"] == address("data_set", found)
    assert (found.rows, found.source, found.licence) == (2, "A group", "CC0 1.0")
    assert client.get(answer["Location"]).context["oddities"][0][::2] == ("age_missing", 2)


def test_a_faulty_upload_names_line_and_column_and_takes_nothing(
    data_set: DataSet, agents: dict[str, Agent | None]
) -> None:
    operator = next(agents[role] for role in ROLES if role in RUNNING)
    answer = upload(as_agent(operator), file_of(1) + b"row_9,Group\n")
    assert answer.status_code == 200
    (fault,) = answer.context["faults"]
    assert (fault.line, fault.column) == (3, "country")
    assert "repairs.csv, line 3, column country" in answer.content.decode()
    assert DataSet.objects.count() == 1


def test_odd_rows_are_listed_by_code_and_all_of_them_leave_as_a_table(
    data_set: DataSet, client: Client
) -> None:
    page = client.get(address("data_set", data_set), {"odd": "label_variant"})
    assert [(cell.line, cell.key, cell.column, cell.cell) for cell in page.context["cells"]] == [
        (number + 2, f"row_{number}", "repair_status", "fixed") for number in range(3)
    ]
    answer = client.get(address("data_set_odd_csv", data_set))
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert rows[0] == ["line", "id", "code", "column", "cell"]
    assert len(rows) - 1 == sum(data_set.oddities.values()) == 6
    assert client.get(address("data_set", data_set), {"odd": "nonsense"}).status_code == 200


def test_a_set_comes_out_as_it_came_in(data_set: DataSet, client: Client) -> None:
    answer = client.get(address("data_set_csv", data_set))
    assert b"".join(answer.streaming_content) == file_of(3, repair_status="fixed")


def test_what_cannot_be_read_in_a_filter_narrows_nothing(data_set: DataSet, client: Client) -> None:
    page = client.get(reverse("repair:statistics"), {"category": "spoon", "since": "x"})
    assert page.context["found"].total.count == 3
    assert set(page.context["form"].errors) == {"category", "since"}


@pytest.mark.parametrize("name", ["statistics", "barriers", "data_sets"])
def test_the_number_of_queries_does_not_grow(data_set: DataSet, client: Client, name: str) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address(name, data_set)).status_code == 200
        return len(queries)

    asked()
    one = asked()
    for start in (100, 200):
        import_open_data(file_of(3, start=start), by=system_agent())
    assert asked() == one
