"""Pages of words: what this is, who can use it, and what becomes of one's data."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

import kierto


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """What is Kierto?"""
    return render(request, "web/about.html", {"version": kierto.__version__})


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """Can everybody use this?"""
    return render(request, "web/accessibility.html")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What do you know about me?"""
    return render(request, "web/privacy.html")
