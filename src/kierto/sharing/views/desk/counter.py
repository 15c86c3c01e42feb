"""What every page of the desk stands on: the collection, who works there, the one field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode

from kierto.core.errors import DomainError
from kierto.parties.models import Agent
from kierto.parties.requests import find, writer
from kierto.sharing.codes import OWN
from kierto.sharing.finding import known_agents
from kierto.sharing.models import Collection
from kierto.sharing.permissions import can_staff
from kierto.sharing.queries import borrower_name, visible_collections, with_facts


@dataclass(frozen=True, slots=True)
class Counter:
    """Somebody at a desk, and the borrower chosen last."""

    request: HttpRequest
    by: Agent
    collection: Collection
    to: Agent | None

    @property
    def zone(self) -> ZoneInfo:
        """The clocks of the desk."""
        return ZoneInfo(self.collection.timezone)

    def name_of(self, agent: Agent) -> str:
        """A borrower's name as the desk reads it."""
        return borrower_name(self.by, self.collection, agent)

    def address(self, name: str, *args: Any, to: Agent | None = None, **query: str) -> str:
        """A page of this desk; the chosen borrower comes along."""
        chosen = to or self.to
        if chosen is not None:
            query = {"to": str(chosen.pk), **query}
        path = reverse(f"sharing:{name}", args=[self.collection.slug, *args])
        return f"{path}?{urlencode(query)}" if query else path

    def go(self, name: str, *args: Any, **options: Any) -> HttpResponse:
        """On to another page of this desk."""
        return redirect(self.address(name, *args, **options))

    def show(
        self,
        template: str,
        *,
        pending: str = "",
        pending_label: str = "",
        thing: str = "",
        status: int = 200,
        **context: Any,
    ) -> HttpResponse:
        """A page with the one field on top. ``pending`` is what Enter alone does there, ``thing``
        waits for a borrower."""
        scan = {
            "pending": pending,
            "pending_label": pending_label,
            "thing": thing,
            "to": self.to,
            "to_name": self.name_of(self.to) if self.to is not None else "",
        }
        shared = {"collection": self.collection, "zone": self.zone, "scan": scan, "counter": self}
        return render(self.request, f"sharing/{template}.html", shared | context, status=status)

    def said(self, name: str, most: int = 300) -> str:
        """What stands in a field of the form, without what no database keeps."""
        return self.request.POST.get(name, "").replace("\x00", "").strip()[:most]

    def tell(self, error: DomainError) -> None:
        """Say at the top of the next page what was refused."""
        for each in (error, *error.others):
            messages.error(self.request, str(each))


def at_desk(request: HttpRequest, slug: str) -> Counter:
    """The desk of this collection, for its staff.

    Raises:
        Http404: the reader may not know of the collection.
        NotAllowed: the reader does not work there.
    """
    by = writer(request)
    collection = find(with_facts(visible_collections(by)), slug=slug)
    can_staff(by, collection).require()
    named = request.POST.get("to") or request.GET.get("to", "")
    return Counter(request, by, collection, agent_at(collection, named))


def code_in(text: str) -> str:
    """The code of a thing that waits for its borrower; nothing if it cannot be one."""
    return text if OWN.fullmatch(text) else ""


def agent_at(collection: Collection, named: str) -> Agent | None:
    """The borrower of this id, if the desk knows them."""
    try:
        pk = UUID(named)
    except ValueError:
        return None
    found = known_agents(collection).filter(pk=pk)
    return found.select_related("person", "organization").first()


def borrower_at(counter: Counter, pk: UUID) -> Agent:
    """The borrower whose page this is.

    Raises:
        Http404: nobody whom the desk knows.
    """
    agent = agent_at(counter.collection, str(pk))
    if agent is None:
        raise Http404
    return agent
