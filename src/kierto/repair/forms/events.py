"""What is typed about a repair event: filters, its plan and tables, a sign-up, who helps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kierto.ledger.fields import DayField, DecimalTextField, set_choices
from kierto.parties.models import Agent, District, Place
from kierto.repair.actions import TablePlan
from kierto.repair.models import Category, Event, Slot, Station, Volunteer, Workshop
from kierto.repair.programme import takes, zone_of
from kierto.repair.states import Task

SPARE_TABLES = 3
_ANY = ("", _("any"))


class ClockField(forms.TimeField):
    """A time of the day, with the browser's own picker where there is one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}), **options)


class CategoryBoxes(forms.MultipleChoiceField):
    """Any number of categories, each a box to tick."""

    widget = forms.CheckboxSelectMultiple

    def offer(self, categories: Sequence[Category]) -> None:
        """Set what may be ticked."""
        self.known = {str(category.pk): category for category in categories}
        self.choices = [(pk, str(category)) for pk, category in self.known.items()]

    def clean(self, value: Any) -> list[Category]:
        return [self.known[pk] for pk in super().clean(value)]


class EventsForm(forms.Form):
    """The filters of the list; what cannot be read does not narrow."""

    district = forms.ChoiceField(label=_("District"), required=False)
    category = forms.ChoiceField(label=_("What is to be repaired"), required=False)
    view = forms.CharField(required=False, widget=forms.HiddenInput, max_length=4)

    def __init__(
        self,
        *args: Any,
        districts: Iterable[District],
        categories: Iterable[Category],
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.categories = {str(category.pk): category for category in categories}
        set_choices(self, "district", [_ANY, *((d.slug, d.name) for d in districts)])
        set_choices(
            self, "category", [_ANY, *((pk, str(each)) for pk, each in self.categories.items())]
        )

    def wish(self) -> dict[str, Any]:
        """What :func:`kierto.repair.event_queries.narrowed` takes."""
        self.is_valid()
        return {
            "district": self.cleaned_data.get("district", ""),
            "category": self.categories.get(self.cleaned_data.get("category", "")),
        }


class EventForm(forms.Form):
    """The plan of an event, in the time of its workshop."""

    title = forms.CharField(label=_("Title"), max_length=160)
    place = forms.ChoiceField(label=_("Place"))
    day = DayField(label=_("Day"))
    begins = ClockField(label=_("From"))
    ends = ClockField(label=_("Until"))
    slot_minutes = forms.IntegerField(
        label=_("Minutes for each thing"),
        widget=forms.NumberInput({"inputmode": "numeric"}),
        help_text=_("Each table has one time to sign up for after the other, this long."),
    )
    takes_walk_ins = forms.BooleanField(label=_("One may come without signing up"), required=False)
    description = forms.CharField(
        label=_("Description"),
        required=False,
        max_length=4000,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("What to bring, how to get there, whether there is coffee."),
    )

    def __init__(
        self,
        *args: Any,
        workshop: Workshop,
        places: Sequence[Place],
        event: Event | None = None,
        **options: Any,
    ) -> None:
        self.workshop = workshop
        self.places = {str(place.pk): place for place in places}
        options.setdefault("initial", _plan_of(event) if event is not None else _usual(workshop))
        super().__init__(*args, **options)
        set_choices(self, "place", [(pk, _address(place)) for pk, place in self.places.items()])

    def values(self) -> dict[str, Any]:
        """What ``create_event`` and ``change_event`` take, but the tables."""
        data = dict(self.cleaned_data)
        zone = zone_of(Event(workshop=self.workshop))
        day = data.pop("day")
        return {
            **data,
            "place": self.places[data["place"]],
            "begins": datetime.combine(day, data["begins"], tzinfo=zone),
            "ends": datetime.combine(day, data["ends"], tzinfo=zone),
        }


def _usual(workshop: Workshop) -> dict[str, Any]:
    return {"slot_minutes": 30, "takes_walk_ins": True, "place": str(workshop.place_id)}


def _plan_of(event: Event) -> dict[str, Any]:
    begins = timezone.localtime(event.begins, zone_of(event))
    ends = timezone.localtime(event.ends, zone_of(event))
    return {
        "title": event.title,
        "place": str(event.place_id),
        "day": begins.date(),
        "begins": begins.time(),
        "ends": ends.time(),
        "slot_minutes": event.slot_minutes,
        "takes_walk_ins": event.takes_walk_ins,
        "description": event.description,
    }


def _address(place: Place) -> str:
    return ", ".join(filter(None, [place.name, place.street, place.locality]))


class TableForm(forms.Form):
    """One table: an empty name leaves it out."""

    name = forms.CharField(label=_("Name of the table"), max_length=80, required=False)
    categories = CategoryBoxes(label=_("What is repaired at it"), required=False)


class TableForms:
    """The tables of an event and some spare ones, drawn one below the other."""

    def __init__(
        self, data: Any = None, *, categories: Sequence[Category], event: Event | None = None
    ) -> None:
        stations = [] if event is None else list(event.stations.prefetch_related("categories"))
        self.rows: list[tuple[Station | None, TableForm]] = []
        for number in range(len(stations) + SPARE_TABLES):
            station = stations[number] if number < len(stations) else None
            form = TableForm(data, prefix=f"table-{number}", initial=_table_of(station))
            boxes = form.fields["categories"]
            assert isinstance(boxes, CategoryBoxes)  # noqa: S101 (declared above)
            boxes.offer(categories)
            self.rows.append((station, form))

    def is_valid(self) -> bool:
        """Whether every table can be read."""
        return not [form for _station, form in self.rows if not form.is_valid()]

    def plans(self) -> list[TablePlan]:
        """The tables with a name."""
        return [
            TablePlan(form.cleaned_data["name"], form.cleaned_data["categories"], station)
            for station, form in self.rows
            if form.cleaned_data["name"].strip()
        ]


def _table_of(station: Station | None) -> dict[str, Any]:
    if station is None:
        return {}
    return {
        "name": station.name,
        "categories": [str(category.pk) for category in station.categories.all()],
    }


class SignUpForm(forms.Form):
    """A thing and its problem."""

    category = forms.ChoiceField(label=_("What is it?"))
    thing = forms.CharField(
        label=_("In your own words"),
        required=False,
        max_length=160,
        help_text=_("For example: coffee machine with a milk frother."),
    )
    problem = forms.CharField(
        label=_("What is wrong?"), max_length=2000, widget=forms.Textarea({"rows": 3})
    )
    brand = forms.CharField(label=_("Brand"), required=False, max_length=80)
    age = DecimalTextField(label=_("Age in years"), required=False)
    private = forms.BooleanField(
        label=_("Leave my thing out of the open repair data"),
        required=False,
        help_text=_("The data never hold names. They show what breaks and what can be repaired."),
    )

    def __init__(
        self, *args: Any, slot: Slot, categories: Iterable[Category], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.categories = {str(each.pk): each for each in categories if takes(slot.station, each)}
        choices = [(pk, str(each)) for pk, each in self.categories.items()]
        set_choices(self, "category", [("", _("Choose one")), *choices])

    def values(self) -> dict[str, Any]:
        """What ``sign_up`` takes."""
        data = dict(self.cleaned_data)
        private = data.pop("private")
        return {
            **data,
            "category": self.categories[data["category"]],
            "shares_data": not private,
        }


class MoveSignUpForm(forms.Form):
    """Another time."""

    slot = forms.ChoiceField(label=_("Another time"))

    def __init__(self, *args: Any, slots: Iterable[Slot], event: Event, **options: Any) -> None:
        super().__init__(*args, **options)
        self.slots = {str(slot.pk): slot for slot in slots}
        zone = zone_of(event)
        set_choices(
            self,
            "slot",
            [
                (pk, f"{timezone.localtime(slot.begins, zone):%H:%M} · {slot.station.name}")
                for pk, slot in self.slots.items()
            ],
        )


class VolunteerForm(forms.Form):
    """What somebody does at an event, where, and what they are good at."""

    task = forms.ChoiceField(label=_("What I do"), choices=Task, widget=forms.RadioSelect)
    station = forms.ChoiceField(label=_("Table"), required=False)
    skills = CategoryBoxes(
        label=_("Good at"),
        required=False,
        help_text=_("Tick nothing if you try everything."),
    )

    def __init__(
        self,
        *args: Any,
        event: Event,
        categories: Sequence[Category],
        row: Volunteer | None = None,
        **options: Any,
    ) -> None:
        initial = {"task": Task.REPAIRER} if row is None else _words_of(row)
        options.setdefault("initial", initial)
        super().__init__(*args, **options)
        self.stations = {str(each.pk): each for each in event.stations.all()}
        names = [(pk, each.name) for pk, each in self.stations.items()]
        set_choices(self, "station", [("", _("where I am needed")), *names])
        boxes = self.fields["skills"]
        assert isinstance(boxes, CategoryBoxes)  # noqa: S101 (declared above)
        boxes.offer(categories)

    def values(self) -> dict[str, Any]:
        """What ``volunteer`` and ``change_volunteer`` take."""
        return {
            "task": self.cleaned_data["task"],
            "station": self.stations.get(self.cleaned_data["station"]),
            "skills": self.cleaned_data["skills"],
        }


def _words_of(row: Volunteer) -> dict[str, Any]:
    return {
        "task": row.task,
        "station": str(row.station_id or ""),
        "skills": [str(skill.pk) for skill in row.skills.all()],
    }


class InviteForm(forms.Form):
    """Whom to ask, for what."""

    agent = forms.ChoiceField(label=_("Who"))
    task = forms.ChoiceField(label=_("What they would do"), choices=Task)
    station = forms.ChoiceField(label=_("Table"), required=False)

    def __init__(
        self, *args: Any, event: Event, people: Sequence[tuple[Agent, str]], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.people = {str(agent.pk): agent for agent, _name in people}
        self.stations = {str(each.pk): each for each in event.stations.all()}
        set_choices(self, "agent", [(str(agent.pk), name) for agent, name in people])
        names = [(pk, each.name) for pk, each in self.stations.items()]
        set_choices(self, "station", [("", _("where they are needed")), *names])

    def values(self) -> dict[str, Any]:
        """What ``invite_volunteer`` takes."""
        return {
            "agent": self.people[self.cleaned_data["agent"]],
            "task": self.cleaned_data["task"],
            "station": self.stations.get(self.cleaned_data["station"]),
        }
