"""Why a device is not added, changed or listened to."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from kierto.core.errors import DomainError


class DeviceNameMissing(DomainError):
    """Nobody could tell the device from others."""

    code = "device_name_missing"
    field = "name"
    sentence = _("The device has no name. Write what it measures and where.")


class DeviceKindUnusable(DomainError):
    """The kind of thing, or its id, is none."""

    code = "device_kind_unusable"
    field = "entity_type"
    sentence = _(
        "This is no kind of thing that the platform can keep. Write a word such as Streetlight or "
        "WasteContainer."
    )


class DeviceOpennessUnknown(DomainError):
    """Nobody knows who could read it."""

    code = "device_openness_unknown"
    field = "openness"
    sentence = _("Choose who may read what this device measures.")


class DeviceIntervalUnusable(DomainError):
    """It would be called silent at once, or never."""

    code = "device_interval_unusable"
    field = "interval"
    sentence = _("A device sends every 10 seconds to every 31 days. Give the seconds between.")


class DeviceTopicUnusable(DomainError):
    """The topic is none, or another device has it."""

    code = "device_topic_unusable"
    field = "topic"
    sentence = _(
        "This topic cannot be used: it holds + or # or is another device's. Give a topic of its own."
    )


class TooManyDevices(DomainError):
    """The owner has as many as it may."""

    code = "device_too_many"
    status = HTTPStatus.CONFLICT
    sentence = _(
        "There are already %(most)s devices of this owner. Retire one that is not used any more, or "
        "ask the administrators of this node."
    )


class DeviceThingTaken(DomainError):
    """Something else keeps the entity."""

    code = "device_thing_taken"
    status = HTTPStatus.CONFLICT
    field = "entity_id"
    sentence = _(
        "%(entity)s is kept by somebody else already. Choose another identifier, or leave it empty."
    )


class MappingUnusable(DomainError):
    """The declaration of how messages are read has faults."""

    code = "device_mapping_unusable"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    field = "mapping"
    sentence = _("The mapping cannot be used: %(faults)s Mend it and try it on a sample.")


class MappingMissing(DomainError):
    """Nobody said how to read what the device sends."""

    code = "device_mapping_missing"
    status = HTTPStatus.CONFLICT
    sentence = _("Nobody has said how to read what this device sends. Declare its mapping first.")
