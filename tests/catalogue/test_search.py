"""Words to kinds, in five languages, with typing mistakes."""

from __future__ import annotations

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from kierto.catalogue.changes import CatalogueChanged, next_edition
from kierto.catalogue.models import KindLabel, ResourceSpecification
from kierto.catalogue.queries import suggest_kinds
from kierto.catalogue.search import folded, words_of
from kierto.core import announce as announcing
from tests.factories.catalogue import make_kind

pytestmark = pytest.mark.django_db


MEANT = {
    "denim offcuts": "denim-offcuts",
    "denmi ofcuts": "denim-offcuts",
    "ritagli di denim": "denim-offcuts",
    "farkkuleikkuujätteet": "denim-offcuts",
    "farkkuleikkuujatteet": "denim-offcuts",
    "retales vaqueros": "denim-offcuts",
    "قصاصات الدنيم": "denim-offcuts",
    "قصاصه دنيم": "denim-offcuts",
    "coffee": "coffee-grounds",
    "kahvinporo": "coffee-grounds",
    "fondi caffe": "coffee-grounds",
    "Fondi di caffé": "coffee-grounds",
    "saw dust": "sawdust",
    "نُشارة الخشب": "sawdust",
    "serrin": "sawdust",
    "waste heat": "heat",
    "hukkalämpö": "heat",
    "polkupyöriä": "used-bicycle",
    "wooden palets": "wooden-pallets",
    "biowaste": "organic-waste",
    "biojäte": "organic-waste",
}


def test_the_first_suggestion_is_what_was_meant(shipped):
    assert {words: suggest_kinds(words)[0].kind.code for words in MEANT} == MEANT


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("Denim offcuts for the sewing course", "denim-offcuts"),
        ("Spent grain, fresh, twice a week", "brewers-grain"),
        ("Clean spruce and birch sawdust", "sawdust"),
        ("Fondi di caffè delle macchine del terzo piano", "coffee-grounds"),
    ],
)
def test_a_name_is_found_in_a_longer_title(shipped, title, code):
    assert suggest_kinds(title)[0].kind.code == code


def test_every_label_finds_its_kind_first(shipped):
    for label in KindLabel.objects.exclude(kind__unit="EUR").select_related("kind"):
        best = suggest_kinds(label.label, language=label.language, limit=3)
        alike = [each.kind.code for each in best if each.score == best[0].score]
        assert label.kind.code in alike, (label.language, label.label, best)


def test_a_suggestion_says_what_matched_and_in_which_language(shipped):
    (best, *_rest) = suggest_kinds("mäski")
    assert (best.kind.code, best.matched, best.language) == ("brewers-grain", "Mäski", "fi")
    with translation.override("ar"):
        assert best.kind.label == "حبوب مستهلكة من صناعة الجعة"


def test_nothing_comes_of_nothing_and_of_nonsense(shipped):
    assert suggest_kinds("") == []
    assert suggest_kinds("  …!? ") == []
    assert suggest_kinds("xqzzyvw") == []


def test_the_index_follows_a_change(shipped):
    assert suggest_kinds("wolfram carbide") == []
    make_kind("tungsten-carbide", names={"de": ("Wolfram-Carbid", ["wolfram carbide"])})
    assert suggest_kinds("wolfram carbide")[0].kind.code == "tungsten-carbide"


def test_a_change_is_announced(system):
    heard: list[CatalogueChanged] = []
    announcing.listen(CatalogueChanged, heard.append)
    try:
        stamp = next_edition()
    finally:
        announcing._listeners[CatalogueChanged].remove(heard.append)
    assert heard == [CatalogueChanged(edition=stamp)]


def test_suggesting_takes_the_same_queries_for_few_and_many(shipped, django_assert_num_queries):
    suggest_kinds("wood")
    with django_assert_num_queries(3):
        assert len(suggest_kinds("wood", limit=1)) == 1
    with django_assert_num_queries(3):
        assert len(suggest_kinds("wood", limit=8)) == 8
    assert ResourceSpecification.objects.count() > 100


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CAFFÈ", "caffe"),
        ("Straße", "strasse"),
        ("أقمشة", "اقمشه"),
        ("قُماش", "قماش"),
        ("خشبـــي", "خشبى"),
    ],
)
def test_spellings_are_folded(one, other):
    assert folded(one) == folded(other)


@given(text=st.text(max_size=60))
def test_folding_twice_is_folding_once(text):
    assert folded(folded(text)) == folded(text)
    assert words_of(" ".join(words_of(text))) is not None
