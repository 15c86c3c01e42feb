"""Looking for things: words in any language with slips, filters, and what is free."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from kierto.catalogue.models import KindLabel
from kierto.sharing import catalogue
from kierto.sharing.catalogue import Wish
from kierto.sharing.states import Sort, ThingState
from tests.factories import sharing as make
from tests.factories.catalogue import make_kind
from tests.factories.parties import make_person
from tests.sharing.residents import Neighbourhood, book, in_days, make_neighbourhood


@pytest.fixture
def here(db: None) -> Neighbourhood:
    place = make_neighbourhood()
    for language, label in (("fi", "Porakone"), ("ar", "مثقاب"), ("it", "Trapano")):
        KindLabel.objects.create(kind=place.drill.kind, language=language, label=label)
    return place


def names(**fields: Any) -> list[str]:
    """What a visitor finds."""
    return [each.name for each in catalogue.search(Wish(**fields), None)]


def test_everything_that_is_open_is_found_by_name(here: Neighbourhood) -> None:
    make.make_thing(here.collection, name="Draft", state=ThingState.DRAFT)
    make.make_thing(make.make_collection(state=ThingState.PAUSED), name="Of a paused one")
    assert names() == ["Cordless drill", "Folding chair", "Meeting room", "Party kit"]


@pytest.mark.parametrize(
    "words", ["drill", "DRILL", "dril", "cordles drill", "porakone", "trapano", "مثقاب", "poarkone"]
)
def test_words_match_in_any_language_with_slips(here: Neighbourhood, words: str) -> None:
    assert names(words=words) == ["Cordless drill"]


def test_words_match_brand_code_and_what_it_has(here: Neighbourhood) -> None:
    here.drill.brand = "Makita"
    here.drill.save()
    assert names(words="makita") == ["Cordless drill"]
    assert names(words="room") == ["Meeting room"]
    assert names(words="projector") == ["Meeting room"]
    assert names(words="submarine") == []


def test_the_name_counts_more_than_the_description(here: Neighbourhood) -> None:
    make.make_thing(here.collection, name="Bench", description="Goes with the folding chair")
    assert names(words="folding chair") == ["Folding chair", "Bench"]


def test_filters_narrow(here: Neighbourhood) -> None:
    other = make.make_thing(make.make_collection(slug="far"), name="Far drill")
    assert names(collection="far") == [other.name]
    assert names(sort=Sort.SPACE) == ["Meeting room"]
    assert names(people=12) == ["Meeting room"]
    assert names(people=13) == []
    assert names(features=("projector",)) == ["Meeting room"]
    assert names(features=("projector", "kitchen")) == []
    assert names(kind=here.drill.kind) == ["Cordless drill"]
    assert names(district="nowhere") == []
    assert "Cordless drill" in names(district="kera")


def test_a_broad_kind_finds_narrower_ones(here: Neighbourhood) -> None:
    tools = make_kind("tools")
    saw = make_kind("saw", parent=tools)
    make.make_thing(here.collection, name="Jigsaw", kind=saw)
    assert names(kind=tools) == ["Jigsaw"]


def test_free_now_leaves_out_what_is_taken(here: Neighbourhood) -> None:
    book(here.room, make_person().agent, begins=_this_step(), ends=in_days(1, 12))
    found = catalogue.search(Wish(now=True), None)
    assert "Meeting room" not in [each.name for each in found]
    assert {each.name: each.free for each in found}["Folding chair"] == 5


def _this_step() -> Any:
    """The quarter of an hour in which we are."""
    now = timezone.now()
    return now.replace(minute=now.minute - now.minute % 15, second=0, microsecond=0)


def test_free_from_to_counts_the_whole_time_with_parts_of_kits(here: Neighbourhood) -> None:
    book(here.chairs, make_person().agent, lines=[(here.chairs, 4)])
    found = catalogue.search(Wish(begins=in_days(1, 9), ends=in_days(1, 11)), None)
    assert {each.name: each.free for each in found} == {
        "Cordless drill": 1,
        "Folding chair": 1,
        "Meeting room": 1,
    }
    later = catalogue.search(Wish(begins=in_days(1, 12), ends=in_days(1, 14)), None)
    assert {each.name: each.free for each in later}["Party kit"] == 1


def test_the_number_of_queries_does_not_grow(
    here: Neighbourhood, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    wish = Wish(words="drill", now=True)
    catalogue.load(catalogue.search(wish, None), wish)
    with CaptureQueriesContext(connection) as once:
        catalogue.load(catalogue.search(wish, None), wish)
    for number in range(4):
        kind = here.drill.kind
        make.make_thing(make.make_collection(), name=f"Drill {number}", kind=kind)
    with django_assert_num_queries(len(once)):
        assert len(catalogue.load(catalogue.search(wish, None), wish)) == 5
