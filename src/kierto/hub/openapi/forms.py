"""The form that sends one operation."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kierto.hub.openapi.interface import Operation, Parameter

LONGEST: Final = 4_000
"""Characters of one parameter."""

_FLAGS: Final = [("", _("not said")), ("true", _("yes")), ("false", _("no"))]


class CallForm(forms.Form):
    """One field for each parameter; those of the path are called ``path-NAME``.

    What a value must be, the interface itself says: so its refusals can be seen here as well.
    """

    def __init__(self, *args: Any, operation: Operation, **options: Any) -> None:
        super().__init__(*args, **options)
        self._operation = operation
        for each in operation.typed:
            name = f"path-{each.name}" if each.where == "path" else each.name
            self.fields[name] = _field(each)
        if len(operation.offered) > 1:
            self.fields["accept"] = forms.ChoiceField(
                label=_("Written as"),
                required=False,
                choices=[(kind, kind) for kind in operation.offered],
            )

    @property
    def first(self) -> list[forms.BoundField]:
        """Fields that are shown at once."""
        found = [name for name in self.fields if self._is_first(name)]
        order = {name: place for place, name in enumerate(_FIRST)}
        return [self[name] for name in sorted(found, key=lambda name: order.get(name, -1))]

    @property
    def others(self) -> list[forms.BoundField]:
        """Fields that are folded away."""
        return [self[name] for name in self.fields if not self._is_first(name)]

    @property
    def is_unfolded(self) -> bool:
        """Whether something was said in a field that is folded away."""
        return any(self.data.get(field.name) for field in self.others)

    def values(self) -> dict[str, str]:
        """Parameter → what was said, without what was left empty."""
        return {
            name: str(value)
            for name, value in self.cleaned_data.items()
            if value and name != "accept"
        }

    def accepted(self) -> str:
        """The media type that is asked for."""
        found = self.cleaned_data.get("accept") or (*self._operation.offered, "*/*")[0]
        return str(found)

    def _is_first(self, name: str) -> bool:
        return name.startswith("path-") or name in _FIRST or len(self.fields) <= len(_FIRST)


_FIRST: Final = ("type", "q", "limit", "bbox", "datetime", "timerel", "timeAt")


def worded(text: str) -> SafeString:
    """What stands between backticks is code."""
    parts = text.split("`")
    return format_html_join(
        "",
        "{}",
        (
            (format_html('<code dir="ltr">{}</code>', part) if place % 2 else part,)
            for place, part in enumerate(parts)
        ),
    )


def _field(parameter: Parameter) -> forms.Field:
    hint = worded(gettext(parameter.meaning))
    said: dict[str, Any] = {
        "label": parameter.name,
        "required": parameter.needed,
        "help_text": hint,
    }
    if parameter.kind == "boolean":
        return forms.ChoiceField(choices=_FLAGS, **said)
    if parameter.choices:
        empty = [] if parameter.needed else [("", _("not said"))]
        return forms.ChoiceField(
            choices=[*empty, *((each, each) for each in parameter.choices)], **said
        )
    widget = forms.TextInput(
        attrs={"placeholder": parameter.example, "dir": "ltr", "autocapitalize": "none"}
    )
    return forms.CharField(max_length=LONGEST, widget=widget, strip=True, **said)
