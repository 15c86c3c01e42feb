"""The interface is complete in every language: no text is missing, unsure or out of date."""

from __future__ import annotations

import ast

import pytest

from tests.house.floors import ROOT
from tools import messages


@pytest.fixture(scope="module")
def texts() -> set[tuple[str | None, str]]:
    template = messages.collected()
    return {(message.context, _key(message)) for message in template if message.id}


def _key(message: messages.Message) -> str:
    return message.id[0] if isinstance(message.id, tuple | list) else message.id


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_catalogue_holds_exactly_the_texts_of_the_interface(language, texts):
    catalogue = messages.read_catalogue(language)
    held = {(message.context, _key(message)) for message in catalogue if message.id}
    assert sorted(texts - held, key=str) == []
    assert sorted(held - texts, key=str) == []


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_every_text_is_translated_with_its_placeholders(language):
    assert [message.id for message in messages.gaps(messages.read_catalogue(language))] == []


def test_a_translation_without_its_placeholder_is_a_gap():
    message = messages.Message("%(count)s rows", "riviä")
    assert messages._is_gap(message)
    message.string = "%(count)s riviä"
    assert not messages._is_gap(message)


def test_no_text_hides_within_another_where_it_would_not_be_collected():
    hidden = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in sorted((ROOT / "src").rglob("*.py"))
        for text in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in {"_", "ngettext"}
    ]
    assert hidden == []
