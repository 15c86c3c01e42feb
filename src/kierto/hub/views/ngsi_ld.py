"""The NGSI-LD interface as a view, where Django itself serves (in trials and tests)."""

from __future__ import annotations

from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt

from kierto.hub.wsgi import application


# No cookie lets anybody in here, so no other site can use one.
@csrf_exempt
def ngsi_ld(request: WSGIRequest, rest: str = "") -> HttpResponse:
    """The very same answers as :func:`kierto.hub.wsgi.application`."""
    del rest
    response = HttpResponse()

    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        del exc_info
        response.status_code = int(status.split(" ", 1)[0])
        del response.headers["Content-Type"]
        for name, value in headers:
            before = response.headers.get(name)
            response.headers[name] = value if before is None else f"{before}, {value}"

    response.content = b"".join(application(request.environ, start))
    return response
