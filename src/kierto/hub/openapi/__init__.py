"""The description of the interfaces, OpenAPI 3.1, made from the routes that answer."""

from __future__ import annotations

from kierto.hub.openapi.document import document

__all__ = ["document"]
