"""Gives every request its agent: who asks, in the words of the ledger."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from kierto.parties.queries import agent_of


class AgentMiddleware:
    """Sets ``request.agent`` (an :class:`~kierto.parties.models.Agent`, or None for a visitor)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.agent = agent_of(request.user)  # type: ignore[attr-defined]
        return self.get_response(request)
