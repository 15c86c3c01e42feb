"""How forms are drawn."""

from __future__ import annotations

from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Form and field templates of our own, from the apps' template folders."""
