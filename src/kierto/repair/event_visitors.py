"""Who stands at the table: by their number, their code, or the whole name of an account."""

from __future__ import annotations

from django.db.models import Q

from kierto.parties.models import Agent, Person
from kierto.repair import event_queries
from kierto.repair.errors.events import NoSuchCode, VisitorNotFound
from kierto.repair.models import Event, Ticket


def visitor_of(event: Event, text: str) -> Agent | None:
    """The visitor that the words mean; None for nobody in particular.

    Words may be the number or the code of another thing of theirs, an e-mail address, or a whole
    name. Parts of a name find nobody: the table is no place to look people up.

    Raises:
        VisitorNotFound: none, or several.
    """
    words = " ".join(text.split())
    if not words:
        return None
    ticket = _ticket_of(event, words)
    if ticket is not None:
        return ticket.owner
    people = Person.objects.filter(user__isnull=False, erased_at__isnull=True)
    if "@" in words:
        people = people.filter(user__email__iexact=words)
    else:
        people = people.filter(Q(name__iexact=words) | Q(name=words.title()))
    found = list(people.select_related("agent")[:2])
    if len(found) != 1:
        raise VisitorNotFound(text=words[:80])
    found[0].agent.person = found[0]
    return found[0].agent


def sign_up_of_code(event: Event, code: str) -> Ticket:
    """The sign-up of this event with a booking code, however it is written.

    Raises:
        NoSuchCode.
    """
    wanted = "".join(code.split()).upper()
    found = event_queries.live_tickets(event).filter(code=wanted).first() if wanted else None
    if found is None:
        raise NoSuchCode(code=code.strip()[:20])
    return found


def _ticket_of(event: Event, words: str) -> Ticket | None:
    tickets = event_queries.live_tickets(event).select_related("owner__person")
    if words.isdecimal() and len(words) < 6:
        return tickets.filter(queue_number=int(words)).first()
    return tickets.filter(code=words.upper()).first()
