"""The frame of the NGSI-LD interface: what comes in, who asks, who answers, what goes out.

``answer(request)`` is the whole interface as a function; :mod:`kierto.hub.wsgi` and a view of
Django only carry it. Modules of :mod:`kierto.hub.api` declare ``ROUTES``.
"""

from __future__ import annotations

from kierto.hub.http.answering import answer
from kierto.hub.http.call import Call
from kierto.hub.http.messages import Request, Response
from kierto.hub.http.routing import Route

__all__ = ["Call", "Request", "Response", "Route", "answer"]
