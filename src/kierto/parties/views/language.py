"""Choosing a language: for this device, and for my notices if I am signed in."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST
from django.views.i18n import set_language as set_device_language

from kierto.parties import actions
from kierto.parties.queries import person_of


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Django's own form for the device; a person's choice is kept as well."""
    language = request.POST.get("language", "")
    person = person_of(getattr(request, "agent", None))
    if person is not None and language in dict(settings.LANGUAGES):
        actions.change_profile(person, language=language, by=person.agent)
    response: HttpResponse = set_device_language(request)
    return response
