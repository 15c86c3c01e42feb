"""The description, for programs and for pages of any site."""

from __future__ import annotations

import orjson
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from kierto.hub.openapi.document import document


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """The interfaces of this node, OpenAPI 3.1."""
    body = orjson.dumps(document(f"{request.scheme}://{request.get_host()}"))
    response = HttpResponse(body, content_type="application/vnd.oai.openapi+json;version=3.1")
    response["Access-Control-Allow-Origin"] = "*"
    return response
