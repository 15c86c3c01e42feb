"""What the pages of this app do alike: forms that keep what was typed, lists by the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.forms import BaseForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from kierto.core.errors import DomainError, NotAllowed
from kierto.parties.models import Agent

PAGE_SIZE = 25


def agent_of_request(request: HttpRequest) -> Agent:
    """The signed-in person's agent; pages behind ``login_required`` have one.

    Raises:
        NotAllowed: an account without a person, made on the command line only.
    """
    agent: Agent | None = getattr(request, "agent", None)
    if agent is None:
        raise NotAllowed(
            _("This account belongs to no person. Sign up on the page to get one that does.")
        )
    return agent


def taken(form: BaseForm, act: Callable[[], Any]) -> bool:
    """Do what the form asks for; a broken rule becomes an error beside its field.

    What a person may not do at all is no matter of a field: that goes on up as 403.
    """
    try:
        act()
    except NotAllowed:
        raise
    except DomainError as error:
        field = error.field if error.field in form.fields else None
        form.add_error(field, str(error))
        return False
    return True


def page_of(request: HttpRequest, things: Any) -> Page[Any]:
    """The asked-for page of a list; a number that does not exist gives the nearest one."""
    return Paginator(things, PAGE_SIZE).get_page(request.GET.get("page"))


def said(request: HttpRequest, sentence: Any) -> None:
    """Show that it worked, on the next page."""
    messages.success(request, str(sentence))
