"""The first page: the district now."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def home(request: HttpRequest) -> HttpResponse:
    """What circulates here today?"""
    return render(request, "web/home.html")
