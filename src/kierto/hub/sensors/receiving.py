"""What devices send, taken: judged, written to entity and history, once, in one durable commit."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.utils.translation import gettext_lazy as _

from kierto.hub import callers, history
from kierto.hub.history import entities, keys, names
from kierto.hub.models import Device, Received
from kierto.hub.sensors import alarms, quality, things
from kierto.hub.sensors.declaring import Mapping, read_mapping
from kierto.hub.sensors.faults import Fault, Why
from kierto.hub.sensors.mapping import Reading, Sample, read_message
from kierto.hub.sensors.states import DeviceState
from kierto.hub.store import writing
from kierto.ngsild import times
from kierto.ngsild.members import Instance

FORGOTTEN_AFTER: Final = timedelta(days=35)
"""A message that comes again after this is taken again; its readings still count once."""

COUNTED: Final = timedelta(hours=1)
"""A message that says its number but not its time is a repetition within this."""

ALIKE: Final = timedelta(seconds=30)
"""One that says neither, when it says the same within this."""

REFUSED_EVERY: Final = timedelta(seconds=10)
REFUSED_LONGEST: Final = 20_000
"""Characters of a refused message that are kept, and how often one is."""

_AHEAD: Final = _("This is more than a day ahead of this node’s clock.")
_ONCE: Final = (
    "INSERT INTO hub_received (device_id, digest, received) VALUES (%s, %s, %s)"
    " ON CONFLICT (device_id, digest) DO UPDATE SET received = excluded.received"
    " WHERE hub_received.received < %s"
)


class Upload(NamedTuple):
    """One message of a device, parsed."""

    device: Device
    message: Any


class Outcome(NamedTuple):
    """What became of a message: readings taken, whether it had come before, what was wrong."""

    taken: int
    repeated: bool
    faults: list[Fault]


class _Ready(NamedTuple):
    """A message that was read; only the database is needed now."""

    place: int
    device_id: UUID
    sample: Sample
    digest: str
    again_after: int
    received: datetime


def device_of(device_id: UUID | str, key: str) -> Device | None:
    """The device whose key this is; None for every other."""
    try:
        wanted = UUID(str(device_id))
    except ValueError:
        return None
    device = Device.objects.select_related("tenant").filter(pk=wanted).first()
    held = device.key_hash if device is not None else ""
    same = hmac.compare_digest(held or "-" * 64, callers.hash_of(key))
    return device if same and device is not None and device.state != DeviceState.RETIRED else None


def receive(uploads: Sequence[Upload], *, at: datetime | None = None) -> list[Outcome]:
    """Take messages; when this returns, what was taken is on the disk.

    All of them share one commit, and it others'. A message is taken as a whole or not at all.

    Args:
        at: when they came, for messages that were kept elsewhere until now.
    """
    now = at or datetime.now(UTC)
    outcomes: dict[int, Outcome] = {}
    ready: list[_Ready] = []
    for place, upload in enumerate(uploads):
        read = _read(place, upload, now)
        if isinstance(read, Outcome):
            outcomes[place] = read
        else:
            ready.append(read)
    if ready:
        outcomes |= writing.run(lambda cursor: _Taking(cursor, ready).outcomes)
    for place, upload in enumerate(uploads):
        if outcomes[place].faults:
            _note_refused(upload, now)
    return [outcomes[place] for place in range(len(uploads))]


def _note_refused(upload: Upload, now: datetime) -> None:
    """Keep the message for the device's page, though not each of a device that sends nonsense."""
    device = upload.device
    if device.refused_at is not None and abs(now - device.refused_at) < REFUSED_EVERY:
        return
    device.refused_at = now
    try:
        text = orjson.dumps(upload.message, option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONEncodeError:  # deeper than anybody reads
        text = ""
    # Of a device that ended meanwhile nothing is kept any more.
    lasting = Device.objects.filter(pk=device.pk).exclude(state=DeviceState.RETIRED)
    lasting.update(refused=text[:REFUSED_LONGEST], refused_at=now)


def forget_old() -> int:
    """Forget which messages were taken long ago; a round."""
    before = keys.micros_of(datetime.now(UTC) - FORGOTTEN_AFTER)
    return Received.objects.filter(received__lt=before).delete()[0]


def _read(place: int, upload: Upload, now: datetime) -> _Ready | Outcome:
    device = upload.device
    if device.state != DeviceState.ACTIVE:
        why = Why(
            _("This device is “%(state)s”. Start it before it sends."),
            state=device.get_state_display(),
        )
        return Outcome(0, False, [Fault("$", why)])
    mapping = mapping_of(device)
    sample = read_message(mapping, upload.message, now)
    faults = list(sample.faults)
    for reading in sample.readings:
        if reading.at is not None and reading.at - now > quality.IMPOSSIBLE:
            faults.append(Fault(reading.path, Why(_AHEAD)))
    if faults or not sample.readings:
        return Outcome(0, False, faults or sample.missing)
    digest, again_after = _identity(sample, now)
    return _Ready(place, device.pk, sample, digest, again_after, now)


def mapping_of(device: Device) -> Mapping:
    """The device's mapping, as it was checked when it was declared."""
    return _parsed(orjson.dumps(device.mapping))


@lru_cache(maxsize=2_048)
def _parsed(declared: bytes) -> Mapping:
    return read_mapping(orjson.loads(declared))


def _identity(sample: Sample, now: datetime) -> tuple[str, int]:
    """What tells a message from others, and from when on an equal one is another (microseconds).

    What gateways add is no part of it: two of them may hear the same message.
    """
    said = [
        [each.wanted.iri, each.at and each.at.isoformat(), each.value] for each in sample.readings
    ]
    digest = hashlib.sha256(orjson.dumps([sample.counter, said])).hexdigest()
    if all(each.at is not None for each in sample.readings):
        return digest, 0
    span = ALIKE if sample.counter is None else COUNTED
    return digest, keys.micros_of(now - span)


class _Taking:
    """Takes messages inside the group commit."""

    def __init__(self, cursor: CursorWrapper, ready: Sequence[_Ready]) -> None:
        self.cursor = cursor
        self.outcomes: dict[int, Outcome] = {}
        self.rows: list[history.Reading] = []
        self.newest: dict[UUID, dict[str, tuple[Reading, str, int]]] = {}
        wanted = sorted({each.device_id for each in ready})
        found = Device.objects.select_for_update(of=("self",)).select_related("tenant")
        self.devices = {each.pk: each for each in found.filter(pk__in=wanted).order_by("pk")}
        self.watch = alarms.Watch(wanted)
        touched: dict[UUID, datetime] = {}
        for each in ready:
            if self._take(each):
                touched[each.device_id] = each.received
        self._write()
        for device_id, received in sorted(touched.items()):
            device = self.devices[device_id]
            self.watch.clear(device, "silence", "")
            Device.objects.filter(pk=device_id).update(seen_at=received, past=device.past)

    def _take(self, each: _Ready) -> bool:
        device = self.devices.get(each.device_id)
        if device is None or device.state != DeviceState.ACTIVE:
            self.outcomes[each.place] = Outcome(
                0, False, [Fault("$", Why(_("The device was stopped.")))]
            )
            return False
        if not self._is_first(each):
            self.outcomes[each.place] = Outcome(0, True, [])
            return True
        for reading in sorted(each.sample.readings, key=lambda one: one.at or each.received):
            self._judge(device, reading, each.received)
        self.outcomes[each.place] = Outcome(len(each.sample.readings), False, [])
        return True

    def _is_first(self, each: _Ready) -> bool:
        device_id = Device._meta.pk.get_db_prep_value(each.device_id, connection)
        received = keys.micros_of(each.received)
        self.cursor.execute(_ONCE, [device_id, each.digest, received, each.again_after])
        return self.cursor.rowcount == 1

    def _judge(self, device: Device, reading: Reading, received: datetime) -> None:
        at = reading.at or received
        wanted, text = reading.wanted, times.write_time(at)
        flag = quality.GOOD
        if isinstance(reading.value, float):
            rules = quality.Rules(wanted.low, wanted.high, wanted.jump, wanted.stuck)
            past = _past(device, wanted.iri)
            judged = quality.judge(rules, past, reading.value, at, received)
            flag = judged.flag
            if judged.past is not None and judged.past is not past:
                _keep_past(device, wanted.iri, judged.past)
            self.watch.judged(device, wanted, reading.value, judged)
            self.rows.append(
                history.Reading(
                    device.tenant_id, device.entity_id, wanted.iri, text,
                    reading.value, reading.unit, flag or None,
                )
            )  # fmt: skip
        # What cannot be stays in the history, marked; it is not what the thing is like now.
        if flag != quality.BAD:
            newest = self.newest.setdefault(device.pk, {})
            there = newest.get(wanted.iri)
            if there is None or times.sort_key(there[1]) <= times.sort_key(text):
                newest[wanted.iri] = (reading, text, flag)

    def _write(self) -> None:
        numbers = self._numbers()
        if self.rows:
            history.append_readings(self.rows, self.cursor)
        wanted = {(row.attribute, "") for row in self.rows}
        called = names.numbers(self.cursor, wanted)
        now = times.now()
        changes = []
        for device_id, newest in sorted(self.newest.items()):
            device = self.devices[device_id]
            number = numbers[device.tenant_id, device.entity_id]
            made: dict[str, Instance] = {}
            for iri, (reading, at, flag) in newest.items():
                instance_id = None
                if isinstance(reading.value, float):
                    series = keys.series_of(number, called[iri, ""])
                    instance_id = keys.reading_id(series, keys.micros(at))
                made[iri] = things.instance(
                    reading.value, at, unit=reading.unit, flag=flag, now=now, instance_id=instance_id
                )  # fmt: skip
            changes.append(things.update(device, made))
        for result in writing.write_here(changes):
            if result.error is not None:
                raise result.error

    def _numbers(self) -> dict[tuple[int, str], int]:
        """Numbers of the entities in the history; one that is not known there is made first."""
        devices = list(self.devices.values())
        known = self._known(devices)
        lacking = [each for each in devices if (each.tenant_id, each.entity_id) not in known]
        if lacking:
            writing.write_here([things.renaming(each) for each in lacking])
            known |= self._known(lacking)
        return known

    def _known(self, devices: Sequence[Device]) -> dict[tuple[int, str], int]:
        found: dict[tuple[int, str], int] = {}
        for tenant in {each.tenant_id for each in devices}:
            ids = [each.entity_id for each in devices if each.tenant_id == tenant]
            for entity_id, past in entities.find(self.cursor, tenant, ids).items():
                found[tenant, entity_id] = past.number
        return found


def _past(device: Device, iri: str) -> quality.Past | None:
    kept = device.past.get(iri)
    return None if kept is None else quality.Past(times.as_datetime(kept[0]), kept[1], kept[2])


def _keep_past(device: Device, iri: str, past: quality.Past) -> None:
    device.past[iri] = [times.write_time(past.at), past.number, past.alike]
