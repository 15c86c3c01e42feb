"""Which rows a data set has, what they are worth, and what is never among them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from kierto.exchange.states import Visibility
from kierto.hub.access import CITY, PARTNERS, PRIVATE, Access, given_by, reader_of
from kierto.hub.datasets import contents, measures
from kierto.hub.datasets.checking import asked_of, checked
from kierto.hub.datasets.measures import Measured
from kierto.hub.datasets.preview import preview
from kierto.hub.datasets.states import Openness
from kierto.hub.errors.datasets import (
    DataContactUnusable,
    DataSetAttributesMissing,
    DataSetContentsMissing,
    DataSetContentsUnusable,
    DataSetLicenceNotOpen,
    DataSetTitleMissing,
    DataSetWordUnknown,
)
from kierto.hub.history import Reading, append_readings
from kierto.hub.models import DataSet
from kierto.hub.publishing import rows as publishing
from kierto.hub.store import reading
from kierto.ledger.models import Visibility as Seen
from kierto.ledger.queries import visible_events
from kierto.ngsild.times import write_time
from kierto.parties.models import Organization
from tests.factories.catalogue import make_kind
from tests.factories.datasets import make_data_set, said
from tests.factories.exchange import make_offer
from tests.factories.ledger import make_transfer
from tests.factories.parties import make_organization, make_person
from tests.hub.stored import entity, home, place, put

LAMP = "urn:x:Lamp"
WATTS = "urn:x:watts"


def _ids(data_set: DataSet) -> set[str]:
    found = {row["id"] for row in publishing.rows(data_set)}
    page = reading.find(
        home(), contents.query_of(data_set), contents.reader_for(data_set), limit=1_000
    )
    assert found == {document["id"] for document in page.documents}
    return {one.rpartition(":")[2] for one in found}


@pytest.mark.parametrize(
    ("openness", "names"),
    [
        ("open", {"public"}),
        ("partners", {"public", "partners"}),
        ("city", {"public", "city"}),
        ("restricted", {"public", "mine"}),
    ],
)
def test_the_rows_are_those_that_its_readers_may_read_and_its_owner_may_give(
    organization: Organization, openness: str, names: set[str]
) -> None:
    other = make_organization().agent_id
    put(entity("public", LAMP))
    put(entity("partners", LAMP), access=Access(PARTNERS))
    put(entity("city", LAMP), access=Access(CITY))
    put(entity("private", LAMP), access=Access(PRIVATE))
    put(entity("theirs", LAMP), access=Access(PRIVATE, frozenset({other, given_by(other)})))
    mine = frozenset({organization.agent_id, given_by(organization.agent_id)})
    put(entity("mine", LAMP), access=Access(PRIVATE, mine))
    # Readable by the owner, but not to be given: others have a part in it.
    put(entity("agreed", LAMP), access=Access(PRIVATE, frozenset({organization.agent_id, other})))
    made = make_data_set(organization.agent, openness=openness, asked={"types": [LAMP]})
    assert _ids(made) == names


@pytest.mark.parametrize("openness", Openness.values)
def test_what_the_platform_hides_is_in_no_data_set_of_its_owner(
    organization: Organization, openness: str
) -> None:
    hidden = make_offer(agent=organization.agent, visibility=Visibility.MATCHED)
    made = make_data_set(organization.agent, openness=openness, asked={"types": ["Offer"]})
    assert str(hidden.pk) not in _ids(made)
    assert _ids(made) == set()


def test_the_rows_do_not_depend_on_who_looks(organization: Organization) -> None:
    put(entity("mine", LAMP), access=Access(PRIVATE, frozenset({organization.agent_id})))
    made = make_data_set(organization.agent, asked={"types": [LAMP]})
    member = make_person("member", organization=organization).agent
    assert reading.get(home(), "urn:ngsi-ld:urn:x:Lamp:mine", reader_of(member)) is not None
    assert _ids(made) == set()


def test_a_box_and_a_condition_narrow(organization: Organization) -> None:
    put(
        entity("in", LAMP, location=place(24.75, 60.2), **{WATTS: 10}),
        entity("weak", LAMP, location=place(24.75, 60.2), **{WATTS: 1}),
        entity("out", LAMP, location=place(25.75, 60.2), **{WATTS: 10}),
        entity("nowhere", LAMP, **{WATTS: 10}),
        entity("other", "urn:x:Bin", location=place(24.75, 60.2), **{WATTS: 10}),
    )
    asked = {"types": [LAMP], "q": "urn:x:watts>5", "bbox": [24.7, 60.1, 24.8, 60.3]}
    assert _ids(make_data_set(organization.agent, asked=asked)) == {"in"}


@pytest.mark.parametrize(
    ("asked", "kind", "error"),
    [
        ({}, "entities", DataSetContentsMissing),
        ({"types": [LAMP] * 21}, "entities", DataSetContentsUnusable),
        ({"types": [LAMP], "q": "(("}, "entities", DataSetContentsUnusable),
        ({"types": [LAMP], "bbox": [25, 60, 24, 61]}, "entities", DataSetContentsUnusable),
        ({"types": [LAMP], "bbox": [1, 2]}, "entities", DataSetContentsUnusable),
        ({"types": ["not a < name"]}, "entities", DataSetContentsUnusable),
        ({"types": [LAMP]}, "history", DataSetAttributesMissing),
        ({"types": [LAMP], "attributes": [WATTS], "days": 0}, "history", DataSetWordUnknown),
        ({"types": [LAMP], "attributes": [WATTS], "days": "9"}, "history", DataSetWordUnknown),
        ({"export": "secrets"}, "platform", DataSetWordUnknown),
        ({"types": [LAMP]}, "magic", DataSetWordUnknown),
    ],
)
def test_contents_that_mean_nothing_are_refused(
    asked: dict[str, Any], kind: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        asked_of(asked, kind)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"title": " "}, DataSetTitleMissing),
        ({"licence": "WTFPL"}, DataSetWordUnknown),
        ({"refresh": "SOMETIMES"}, DataSetWordUnknown),
        ({"openness": "ajar"}, DataSetWordUnknown),
        ({"themes": ["ENVI", "FUN"]}, DataSetWordUnknown),
        ({"contact": "call me"}, DataContactUnusable),
        ({"contact": "javascript:alert(1)"}, DataContactUnusable),
        ({"contact": "http://example.org"}, DataContactUnusable),
        ({"licence": "LicenseRef-by-agreement"}, DataSetLicenceNotOpen),
    ],
)
def test_words_that_mean_nothing_are_refused(
    fields: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        checked(said(**fields), "entities")


@given(st.text(max_size=60))
def test_any_text_is_a_condition_or_refused_as_one(text: str) -> None:
    refusal = None
    try:
        asked_of({"types": [LAMP], "q": text}, "entities")
    except DataSetContentsUnusable as error:
        refusal = error
    assert refusal is None or refusal.fields["reason"]


# ------------------------------------------------------------------ measures


def test_of_entities_everything_is_measured(organization: Organization) -> None:
    seen = {"type": "Property", "value": 1, "observedAt": "2026-11-01T00:00:00Z"}
    bad = seen | {"quality": {"type": "Property", "value": "bad"}}
    put(
        entity("a", LAMP, location=place(24.75, 60.2), **{WATTS: seen}),
        entity("b", LAMP, location=place(24.85, 60.1), **{WATTS: seen}),
        entity("c", LAMP, **{WATTS: seen}),
        entity("d", LAMP, **{WATTS: bad}),
    )
    made = make_data_set(organization.agent, asked={"types": [LAMP]})
    found = measures.measure(made)
    assert (found.rows, found.looked_at, found.good, found.placed) == (4, 4, 0.75, 0.5)
    assert found.box == (24.75, 60.1, 24.85, 60.2)
    assert dict(found.columns) == {WATTS: 1.0, "location": 0.5}
    assert found.complete == 0.75
    assert found.changed == datetime(2026, 11, 22, 7, tzinfo=UTC)


def test_of_readings_everything_is_measured(organization: Organization) -> None:
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    put(entity("a", LAMP, location=place(24.75, 60.2)), entity("b", LAMP))
    rows = [
        Reading(
            home().id, "urn:ngsi-ld:urn:x:Lamp:a", WATTS, write_time(now - timedelta(hours=hour)),
            float(hour), "WTT", 2 if hour == 3 else 0,
        )
        for hour in range(48)
    ]  # fmt: skip
    with connection.cursor() as cursor:
        assert append_readings(rows, cursor).stored == 48
    asked = {"types": [LAMP], "attributes": [WATTS], "days": 30}
    made = make_data_set(organization.agent, kind="history", asked=asked)
    found = measures.measure(made)
    assert (found.rows, found.looked_at, found.good) == (48, 2, 47 / 48)
    assert found.changed == now
    assert found.columns == ((WATTS, 0.5),)
    assert found.first is not None
    assert found.first.date() == (now - timedelta(hours=47)).astimezone(UTC).date()
    assert found.is_late("DAILY") is False


def test_a_look_at_readings_tells_the_time_of_the_node(organization: Organization) -> None:
    put(entity("a", LAMP))
    at = "2026-07-01T21:30:00Z"
    with connection.cursor() as cursor:
        append_readings([Reading(home().id, "urn:ngsi-ld:urn:x:Lamp:a", WATTS, at, 5.0)], cursor)
    asked = {"types": [LAMP], "attributes": [WATTS], "days": 3_660}
    made = make_data_set(organization.agent, kind="history", asked=asked)
    with timezone.override("Europe/Helsinki"):
        looked = preview(made)
    names = [name for name, _unit in looked.columns]
    assert looked.rows[0][names.index("observed_at")] == "07/02/2026 12:30 a.m."


def test_what_is_measured_is_kept_as_it_was(organization: Organization) -> None:
    put(entity("a", LAMP, location=place(24.75, 60.2)))
    made = make_data_set(organization.agent, asked={"types": [LAMP]})
    assert measures.stored(made) is None
    found = measures.remember(made)
    made.refresh_from_db()
    assert measures.stored(made) == found
    assert measures.measured(made) == found


def test_a_round_measures_what_is_published_once_in_a_while(organization: Organization) -> None:
    make_data_set(organization.agent)
    make_data_set(organization.agent, state="draft")
    assert measures.measure_due() == 1
    assert measures.measure_due() == 0
    DataSet.objects.update(measured_at=timezone.now() - timedelta(hours=1))
    assert measures.measure_due() == 1


@pytest.mark.parametrize(
    ("refresh", "age", "late"),
    [
        ("DAILY", timedelta(hours=30), False),
        ("DAILY", timedelta(hours=37), True),
        ("CONT", timedelta(hours=2), True),
        ("MONTHLY", timedelta(days=30), False),
        ("IRREG", timedelta(days=900), None),
    ],
)
def test_a_promise_is_kept_or_not(refresh: str, age: timedelta, late: bool | None) -> None:
    now = timezone.now()
    assert Measured(changed=now - age).is_late(refresh, now) is late
    assert Measured().is_late(refresh, now) is None


def test_what_cannot_be_asked_any_more_is_told(organization: Organization) -> None:
    made = make_data_set(organization.agent)
    made.asked = {"types": [LAMP], "q": "(("}
    assert measures.measure(made).problem
    assert measures.measure(made).rows is None


def test_what_the_platform_says_by_a_list_of_choices_is_found_by_it(
    organization: Organization,
) -> None:
    offers = [make_offer(agent=organization.agent) for _ in range(3)]
    asked = {"types": ["Offer"], "q": 'state=="open"'}
    made = make_data_set(organization.agent, asked=asked)
    assert _ids(made) == {str(offer.pk) for offer in offers}
    assert measures.measure(made).rows == 3


def test_records_of_the_ledger_are_those_that_everybody_may_know(
    organization: Organization,
) -> None:
    partner = make_organization().agent
    kind = make_kind()
    public = make_transfer(organization.agent, partner, kind, visibility=Seen.PUBLIC)
    make_transfer(organization.agent, partner, kind, visibility=Seen.PARTIES)
    made = make_data_set(organization.agent, kind="platform", asked={"export": "ledger"})
    shown = [row["id"] for row in publishing.rows(made)]
    assert str(public.pk) in shown
    assert preview(made).charts == []
    assert measures.measure(made).rows == len(shown)
    assert set(shown) == {str(event.pk) for event in visible_events(None)}
