"""The demonstration's sensors measure what could be, tell their four stories, and go by the clock."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from kierto.demo import loading, sensing
from kierto.demo.measuring import bin_seen, lamp_seen
from kierto.demo.people import People
from kierto.demo.sensing import DAYS, EVERY, Sensor
from kierto.hub.access import EVERYTHING, VISITOR
from kierto.hub.models import Alarm, Device
from kierto.hub.sensors.actions import move_device
from kierto.hub.store import reading, tenants
from tests.factories.parties import make_district, make_organization, make_person

TABLE = (loading.DATA / "sensors.csv").read_bytes()
HELSINKI = ZoneInfo("Europe/Helsinki")
MOMENTS = [
    datetime(2026, 1, 1, 0, 30, tzinfo=UTC),
    datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
    datetime(2028, 2, 29, 12, 0, tzinfo=UTC),
    datetime(2026, 10, 25, 1, 0, tzinfo=UTC),
]


def rows() -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(TABLE.decode())))


def sensors(now: datetime) -> dict[str, Sensor]:
    begins = now - timedelta(days=DAYS)
    return {
        row["key"]: Sensor(row["type"], row["key"], row["story"], begins, HELSINKI)
        for row in rows()
    }


def test_bins_and_lampposts_stand_there_and_most_may_be_read_by_everybody():
    kinds = {row["type"] for row in rows()}
    openness = [row["openness"] for row in rows()]
    assert kinds == {"WasteContainer", "Streetlight"}
    assert set(openness) == {"public", "partners", "city", "private"}
    assert openness.count("public") > len(openness) * 3 / 4
    assert len({row["key"] for row in rows()}) == len(rows())


@pytest.mark.parametrize("now", MOMENTS)
def test_messages_come_in_their_rhythm_until_now_whatever_the_clocks_do(now):
    for sensor in sensors(now).values():
        messages = sensor.messages(now)
        moments = [
            datetime.fromisoformat(each["time"])
            if "time" in each
            else datetime.fromtimestamp(each["t"], UTC)
            for each in messages
        ]
        every = EVERY[sensor.kind]
        assert [two - one for one, two in pairwise(moments) if two - one != every] == []
        silent = timedelta(days=3) if sensor.story == "silent" else timedelta(0)
        assert timedelta(0) <= now - moments[-1] - silent < every
        assert timedelta(0) < moments[0] - sensor.begins <= every


def test_what_is_sent_is_the_same_whenever_it_is_asked():
    now = MOMENTS[0]
    for key, sensor in sensors(now).items():
        later = sensor.messages(now + timedelta(days=2))
        assert sensor.messages(now) == later[: len(sensor.messages(now))], key


def test_a_bin_fills_until_it_is_emptied_at_seven():
    start = datetime(2026, 5, 4, 7, tzinfo=HELSINKI)
    for key in (row["key"] for row in rows() if row["type"] == "WasteContainer"):
        hours = [start + timedelta(hours=number) for number in range(21 * 24)]
        levels = [bin_seen(key, at)["level"] for at in hours]
        drops = {
            at.hour for (one, two), at in zip(pairwise(levels), hours[1:], strict=True) if two < one
        }
        assert drops == {7}, key
        assert 0 == min(levels) < max(levels) <= 98
        assert max(levels) >= 45


def test_lamps_burn_in_the_dark_and_are_low_when_nobody_walks():
    midsummer = [datetime(2026, 6, 21, hour, tzinfo=HELSINKI) for hour in range(24)]
    midwinter = [datetime(2026, 12, 21, hour, tzinfo=HELSINKI) for hour in range(24)]
    summer, winter = (
        [lamp_seen("lamp-aukio-1", at) for at in hours] for hours in (midsummer, midwinter)
    )
    dark = [sum(each["power"] != "off" for each in day) for day in (summer, winter)]
    assert dark[0] < 8
    assert dark[1] > 16
    assert {each["power"] for each in winter} == {"on", "low", "off"}
    assert max(each["watts"] for each in winter) < 60
    assert {each["power"] for each in winter if each["watts"] < 2} == {"off"}


@pytest.fixture
def loaded(db: None) -> People:
    make_district("kera")
    speakers = {}
    for slug in {row["owner"] for row in rows()}:
        owner = make_organization(slug, slug=slug)
        speakers[owner.agent_id] = make_person("organization_admin", organization=owner).agent
    people = People(None, None, None, [], speakers)  # type: ignore[arg-type]
    sensing.add_sensors(TABLE, people, HELSINKI)
    return people


def test_devices_are_added_started_and_heard_and_three_alarms_are_open(loaded: People) -> None:
    assert Device.objects.filter(state="active").count() == len(rows())
    found = {
        (each.device.entity_id.rpartition(":")[2], each.kind, each.attribute, each.value)
        for each in Alarm.objects.select_related("device")
    }
    assert found == {
        ("bin-garden-food", "silence", "", None),
        ("bin-kilo-textiles", "battery", "batteryLevel", 0.19),
        ("lamp-halls-2", "outlier", "powerConsumption", sensing.STRANGE),
    }
    stuck = reading.get(
        tenants.find(""), "urn:ngsi-ld:WasteContainer:kera:bin-campus-jeans", VISITOR
    )
    assert stuck is not None
    assert "doubtful" in str(stuck["attributes"])
    locked = "urn:ngsi-ld:WasteContainer:kera:bin-health-paper"
    assert reading.get(tenants.find(""), locked, VISITOR) is None
    assert reading.get(tenants.find(""), locked, EVERYTHING) is not None


def test_sensors_go_on_from_where_they_were_and_say_nothing_twice(loaded: People) -> None:
    assert sensing.go_on(TABLE, HELSINKI) == 0
    earlier = timedelta(hours=2)
    Device.objects.update(seen_at=timezone.now() - earlier)
    paused = Device.objects.filter(entity_type="Streetlight").first()
    assert paused is not None
    move_device(paused, "paused", by=loaded.for_agent(paused.agent))
    lamps = Device.objects.filter(entity_type="Streetlight", state="active").count()
    bins = Device.objects.filter(entity_type="WasteContainer").count() - 1  # one is silent
    assert lamps * 2 <= sensing.go_on(TABLE, HELSINKI) <= lamps * 2 + bins
    assert sensing.go_on(TABLE, HELSINKI) == 0


def test_without_the_demonstration_nobody_goes_on(db: None) -> None:
    assert loading.keep_sensing() == 0
