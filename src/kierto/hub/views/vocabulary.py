"""The words of the platform's own entities, for other programs."""

from __future__ import annotations

import orjson
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from kierto.hub import vocabulary


@require_safe
@cache_control(public=True, max_age=86400)
def context(request: HttpRequest) -> HttpResponse:
    """The JSON-LD context under which every node publishes."""
    body = orjson.dumps(vocabulary.document(), option=orjson.OPT_INDENT_2)
    response = HttpResponse(body, content_type="application/ld+json")
    response["Access-Control-Allow-Origin"] = "*"
    return response
