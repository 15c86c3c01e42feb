"""Forms about people, organisations and places. They read; the actions judge."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from kierto.core.errors import DomainError
from kierto.core.quantity import parse_number
from kierto.core.tables import LARGEST_FILE
from kierto.parties import actions
from kierto.parties.consents import TEXTS
from kierto.parties.models import (
    AgentType,
    Appointment,
    Consent,
    District,
    Helix,
    MembershipRole,
    Person,
    Place,
    User,
)

LONGEST_CHOICE = 300
"""Places offered to choose from; a longer list helps nobody."""

LARGEST_AREA = 2_000_000
"""Bytes of a GeoJSON file: some 50 000 corners."""


class SignupForm(forms.Form):
    """What a new resident is asked for, besides the e-mail address."""

    name = forms.CharField(label=_("Your name"), max_length=200)
    terms = forms.BooleanField(
        label=_("I agree to the terms of use"), help_text=TEXTS[Consent.Purpose.TERMS].words
    )

    def signup(self, request: HttpRequest, user: User) -> None:
        """Called by allauth once the account and its person exist."""
        person = Person.objects.select_related("agent").get(user=user)
        actions.give_consent(person, purpose=Consent.Purpose.TERMS, by=person.agent)


class NumberField(forms.Field):
    """A number in any European spelling: 60.21 or 60,21."""

    widget = forms.TextInput({"inputmode": "decimal"})

    def to_python(self, value: Any) -> Any:
        """The number as a float, or None for nothing."""
        text = str(value or "").strip()
        if not text:
            return None
        try:
            return float(parse_number(text.replace("−", "-")))
        except DomainError as error:
            raise ValidationError(str(error)) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare as numbers."""
        try:
            return bool(self.to_python(data) != initial)
        except ValidationError:
            return True


class ProfileForm(forms.ModelForm):
    """A person's own page."""

    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    class Meta:
        model = Person
        fields = ("name", "phone", "language", "home_district", "notify_by_email")
        labels = {
            "name": _("Your name"),
            "home_district": _("Your district"),
            "notify_by_email": _("Send me notices by e-mail as well"),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["name"].required = True
        self.fields["home_district"].empty_label = _("None")  # type: ignore[attr-defined]


class OrganizationForm(forms.Form):
    """What an organisation tells about itself; ``with_partner`` for those who may say it."""

    name = forms.CharField(label=_("Name"), max_length=200)
    helix = forms.ChoiceField(
        label=_("Group"), choices=Helix.choices, help_text=_("Who you are in the district.")
    )
    description = forms.CharField(
        label=_("What you do"), required=False, widget=forms.Textarea({"rows": 4}), max_length=4000
    )
    website = forms.URLField(label=_("Website"), required=False, assume_scheme="https")
    email = forms.EmailField(
        label=_("Contact e-mail"), required=False, help_text=_("Everybody can read it.")
    )
    registry_number = forms.CharField(label=_("Business id"), required=False, max_length=40)
    is_partner = forms.BooleanField(
        label=_("Partner of the district"),
        required=False,
        help_text=_("Partners see offers and needs that are shown to partners only."),
    )

    def __init__(self, *args: Any, with_partner: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        if not with_partner:
            del self.fields["is_partner"]


class InviteForm(forms.Form):
    """Whom to ask to join."""

    email = forms.EmailField(label=_("E-mail address"))
    role = forms.ChoiceField(label=_("Role"), choices=MembershipRole.choices)


class PlaceForm(forms.Form):
    """An address and its point. Without script one types degrees or points to a known place."""

    name = forms.CharField(
        label=_("Name of the place"), max_length=200, help_text=_("For example: Workshop, Dock 2.")
    )
    street = forms.CharField(label=_("Street and number"), required=False, max_length=200)
    postcode = forms.CharField(label=_("Postcode"), required=False, max_length=20)
    locality = forms.CharField(label=_("Town"), required=False, max_length=120)
    country = forms.CharField(
        label=_("Country"), required=False, max_length=2, help_text=_("Two letters, such as FI.")
    )
    same_as = forms.ModelChoiceField(
        label=_("At the same point as"),
        queryset=Place.objects.none(),
        required=False,
        empty_label=_("None of these"),
        help_text=_("Choose a place that is known already, or type the degrees below."),
    )
    latitude = NumberField(
        label=_("Latitude"), required=False, help_text=_("Degrees north, such as 60.217.")
    )
    longitude = NumberField(
        label=_("Longitude"), required=False, help_text=_("Degrees east, such as 24.756.")
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        public = Place.objects.filter(agent__type=AgentType.ORGANIZATION).order_by("name", "pk")
        nearest = public.values("pk")[:LONGEST_CHOICE]
        self.fields["same_as"].queryset = public.filter(pk__in=nearest)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Take the point of the known place, or ask for both degrees."""
        values = dict(super().clean() or {})
        known = values.pop("same_as", None)
        if known is not None:
            values["latitude"], values["longitude"] = known.latitude, known.longitude
        elif not self.errors and None in (values.get("latitude"), values.get("longitude")):
            raise ValidationError(
                _("The place has no point on the map. Choose a known place or type both degrees.")
            )
        return values


class DistrictForm(forms.Form):
    """A district and its area, as a file or as text."""

    name = forms.CharField(label=_("Name"), max_length=120)
    city = forms.CharField(label=_("City"), max_length=120)
    country = forms.CharField(
        label=_("Country"), max_length=2, help_text=_("Two letters, such as FI.")
    )
    timezone = forms.CharField(
        label=_("Time zone"), max_length=60, help_text=_("For example Europe/Helsinki.")
    )
    road_factor = NumberField(
        label=_("Road distance over straight distance"),
        help_text=_("How much longer roads are than the straight line; usually 1.2 to 1.4."),
    )
    carbon_price = NumberField(
        label=_("Carbon price (euros a tonne)"),
        help_text=_("What plans reckon a tonne of CO2e to cost."),
    )
    description = forms.CharField(
        label=_("Description"), required=False, widget=forms.Textarea({"rows": 3})
    )
    area_file = forms.FileField(
        label=_("Area as a GeoJSON file"),
        required=False,
        help_text=_("Map tools of cities export this. A Polygon or MultiPolygon, WGS 84."),
    )
    area = forms.CharField(
        label=_("Area as GeoJSON text"), required=False, widget=forms.Textarea({"rows": 4})
    )

    def clean(self) -> dict[str, Any]:
        """The area as parsed JSON: the file if there is one, else the text."""
        values = dict(super().clean() or {})
        upload = values.pop("area_file", None)
        text = values.get("area") or ""
        if upload is not None:
            if upload.size > LARGEST_AREA:
                raise ValidationError(
                    _("The file is larger than 2 MB. Simplify the area and try again.")
                )
            text = upload.read().decode("utf-8-sig", errors="replace")
        try:
            values["area"] = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ValidationError(
                _("The area is not GeoJSON. Export it from the map tool again.")
            ) from error
        return values


class AppointForm(forms.Form):
    """Whom to appoint. The person signs up first."""

    email = forms.EmailField(
        label=_("E-mail address"), help_text=_("The person needs an account with this address.")
    )
    role = forms.ChoiceField(label=_("Role"), choices=Appointment.Role.choices)
    district = forms.ModelChoiceField(
        label=_("District"),
        queryset=District.objects.all(),
        required=False,
        empty_label=_("None"),
        help_text=_("For operators."),
    )

    def clean(self) -> dict[str, Any]:
        """Find the person."""
        values = dict(super().clean() or {})
        address = values.get("email")
        if address:
            found = Person.objects.select_related("agent").filter(user__email__iexact=address)
            values["person"] = found.first()
            if values["person"] is None:
                self.add_error(
                    "email", _("Nobody has an account with this address. Ask them to sign up.")
                )
        return values


class ImportForm(forms.Form):
    """A table of organisations."""

    file = forms.FileField(label=_("Table (CSV or XLSX)"))

    def clean_file(self) -> Any:
        """Refuse what is too large before any of it is read into memory."""
        upload = self.cleaned_data["file"]
        if upload.size > LARGEST_FILE:
            raise ValidationError(
                _("The file is larger than 50 MB. Split it and import one part after the other.")
            )
        return upload


class EraseForm(forms.Form):
    """The last question before everything is gone."""

    understood = forms.BooleanField(
        label=_("I have read this. Erase my data for good."),
    )


class FilterForm(forms.Form):
    """What narrows the list of organisations."""

    q = forms.CharField(label=_("Name"), required=False, max_length=100)
    helix = forms.ChoiceField(
        label=_("Group"), required=False, choices=[("", _("All groups")), *Helix.choices]
    )
    district = forms.ModelChoiceField(
        label=_("District"),
        queryset=District.objects.all(),
        to_field_name="slug",
        required=False,
        empty_label=_("All districts"),
    )
