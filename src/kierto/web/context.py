"""What every page's shell needs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, Any]:
    """Node name and the reader's agent."""
    return {"node_name": settings.NODE_NAME, "agent": getattr(request, "agent", None)}
