"""What the record browser shows of this app."""

from __future__ import annotations

from django.contrib import admin

from kierto.parties.models import (
    Appointment,
    Consent,
    District,
    Membership,
    Organization,
    Person,
    Place,
)
from kierto.parties.record_browser import ReadOnly


@admin.register(Person)
class PersonRecords(ReadOnly):
    list_display = ("agent_id", "name", "language", "erased_at")
    search_fields = ("name", "user__email")


@admin.register(Organization)
class OrganizationRecords(ReadOnly):
    list_display = ("name", "helix", "is_partner")
    search_fields = ("name", "slug")
    list_filter = ("helix", "is_partner")


@admin.register(Membership)
class MembershipRecords(ReadOnly):
    list_display = ("person", "organization", "role", "since")
    list_select_related = ("person", "organization")


@admin.register(Appointment)
class AppointmentRecords(ReadOnly):
    list_display = ("person", "role", "district")
    list_select_related = ("person", "district")


@admin.register(Consent)
class ConsentRecords(ReadOnly):
    list_display = ("person_id", "purpose", "text_version", "given_at", "withdrawn_at")


@admin.register(District)
class DistrictRecords(ReadOnly):
    list_display = ("name", "city", "country")


@admin.register(Place)
class PlaceRecords(ReadOnly):
    list_display = ("name", "street", "locality", "district")
    list_select_related = ("district",)
