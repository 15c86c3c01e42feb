"""Foreign keys point down the floors, as imports do.

The import contract cannot see a relation that is named by a string (`"ledger.Resource"`), nor
what one app's migration asks of another; this looks at the models themselves.
"""

from __future__ import annotations

from django.apps import apps
from django.db.models import Field, Model

from tests.house.floors import floor_of, floors

OURS = "kierto."


def own_models() -> list[type[Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith(OURS)]


def app_of(model: type[Model]) -> str:
    return model.__module__.removeprefix(OURS).split(".")[0]


def relations(model: type[Model]) -> list[tuple[Field, type[Model]]]:
    """The model's own relations: foreign keys, one-to-ones and many-to-manys."""
    fields = [*model._meta.fields, *model._meta.many_to_many]
    return [(field, field.related_model) for field in fields if field.related_model]


def test_every_app_has_a_floor() -> None:
    known = set().union(*floors())
    assert {app_of(model) for model in own_models()} - known == set()


def test_foreign_keys_point_down_and_never_to_a_sibling() -> None:
    wrong = [
        f"{model._meta.label}.{field.name} points to {target._meta.label}"
        for model in own_models()
        for field, target in relations(model)
        if target.__module__.startswith(OURS)
        and app_of(target) != app_of(model)
        and floor_of(app_of(target)) <= floor_of(app_of(model))
    ]
    assert wrong == []


def test_nothing_points_to_a_model_by_content_type() -> None:
    """A generic relation could point anywhere, upwards too."""
    generic = [
        f"{model._meta.label}.{field.name}"
        for model in own_models()
        for field, target in relations(model)
        if target._meta.label == "contenttypes.ContentType"
    ]
    assert generic == []
