"""A person who is erased leaves no words, pictures or open offers in the exchange."""

from __future__ import annotations

import pytest

from kierto.exchange.actions import add_photo
from kierto.exchange.models import Intent, IntentPhoto, Processor
from kierto.parties import actions
from kierto.parties.queries import system_agent
from tests.factories.exchange import (
    make_intent,
    make_making,
    make_priced_kind,
    make_processor,
    picture,
)
from tests.factories.parties import make_person, make_place

pytestmark = pytest.mark.django_db


def test_an_erased_persons_offers_close_and_lose_their_words(django_capture_on_commit_callbacks):
    person = make_person()
    place = make_place(person.agent)
    draft, opened, closed = (
        make_intent(place=place, title="Aino's chairs", description="Call Aino", state=state)
        for state in ("draft", "open", "closed")
    )
    photo = add_photo(opened, image=picture(), description="Aino's chair", by=system_agent())
    storage, name = photo.image.storage, photo.image.name
    recipe = make_making(make_priced_kind(), make_priced_kind())
    processor = make_processor(recipe, agent=person.agent, place=place, name="Aino's workshop")
    with django_capture_on_commit_callbacks(execute=True):
        actions.erase_person(person, by=person.agent)
    for intent in Intent.objects.filter(pk__in=[draft.pk, opened.pk, closed.pk]):
        assert (intent.state, intent.description) == ("closed", "")
        assert intent.title == intent.kind.label
    assert not IntentPhoto.objects.exists()
    assert not storage.exists(name)
    left = Processor.objects.get(pk=processor.pk)
    assert (left.state, left.name) == ("closed", str(left.recipe))


def test_offers_of_organizations_stay_when_their_people_go():
    person = make_person("organization_admin")
    organization = person.memberships.get().organization
    intent = make_intent(place=make_place(organization.agent), title="Chairs")
    actions.erase_person(person, by=person.agent)
    intent.refresh_from_db()
    assert (intent.state, intent.title) == ("open", "Chairs")


def test_offers_stand_in_a_persons_download():
    person = make_person()
    make_intent(place=make_place(person.agent), title="Chairs")
    data = actions.export_person(person, by=person.agent)
    assert [one["title"] for one in data["offers_and_needs"]] == ["Chairs"]
