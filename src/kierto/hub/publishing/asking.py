"""Who asks for a file or for the catalogue: somebody signed in, or a program with a token."""

from __future__ import annotations

from django.http import HttpRequest

from kierto.hub import callers
from kierto.hub.callers import Caller
from kierto.hub.http import Request
from kierto.ngsild.errors import Forbidden
from kierto.parties.models import Agent


def caller_of(request: HttpRequest) -> tuple[Caller, Agent | None]:
    """The caller and the agent they stand for; a token counts before a sign-in.

    Raises:
        Unauthorized: the token is unknown, expired or withdrawn.
        Forbidden: it does not allow to read, or is for other tenants.
    """
    known: Caller | None = getattr(request, "caller", None)
    agent: Agent | None = getattr(request, "agent", None)
    if known is not None:  # the page about the interface asks, as its reader
        return known, agent
    token = request.headers.get("Authorization")
    if token is None:
        return callers.caller_of_agent(agent), agent
    caller = callers.caller_of(Request("GET", request.path, headers={"authorization": token}))
    if "read" not in caller.scopes:
        raise Forbidden("The token does not allow to read; ask for one that does.")
    if caller.tenants is not None and "" not in caller.tenants:
        raise Forbidden("The token is for other tenants than the one that is shown here.")
    if caller.agent_id is None:
        return caller, None
    found = Agent.objects.select_related("organization", "person")
    return caller, found.filter(pk=caller.agent_id).first()
