"""How forms are drawn: our field template, the design system's classes, Django's widgets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import django.forms
from django.conf import settings
from django.forms import BoundField
from django.forms.renderers import BaseRenderer
from django.forms.widgets import Widget
from django.template.backends.django import DjangoTemplates
from django.utils.functional import cached_property

DJANGO_WIDGETS = Path(django.forms.__file__).parent / "templates"


class Field(BoundField):
    """A field whose control carries the design system's class."""

    def build_widget_attrs(self, attrs: dict[str, Any], widget: Widget | None = None) -> Any:
        """Django's attributes (required, described by, invalid) and the class of the control."""
        widget = widget or self.field.widget
        attrs = super().build_widget_attrs(attrs, widget)
        own = str(attrs.get("class") or widget.attrs.get("class") or "")
        return {**attrs, "class": f"ds-input {own}".strip()}


class Renderer(BaseRenderer):
    """Form and field templates of our own; what we do not draw ourselves, Django draws.

    An engine of its own, because Django's renderers either put Django's templates first or
    need ``django.forms`` among the installed apps.
    """

    bound_field_class = Field

    @cached_property
    def engine(self) -> DjangoTemplates:
        """Our templates first, then Django's."""
        options: Any = settings.TEMPLATES[0]["OPTIONS"]
        loaders = [
            "django.template.loaders.app_directories.Loader",
            ("django.template.loaders.filesystem.Loader", [DJANGO_WIDGETS]),
        ]
        return DjangoTemplates(
            {
                "NAME": "forms",
                "DIRS": [],
                "APP_DIRS": False,
                "OPTIONS": {
                    "loaders": [("django.template.loaders.cached.Loader", loaders)],
                    "builtins": options["builtins"],
                },
            }
        )

    def get_template(self, template_name: str) -> Any:
        """Ours, or Django's."""
        return self.engine.get_template(template_name)
