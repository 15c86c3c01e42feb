"""What every page's shell needs, asked for only when the template does."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.http import urlencode

from kierto.notices.models import Notice
from kierto.parties.models import Agent, District, Organization
from kierto.parties.queries import organizations_of
from kierto.web.appearance import APPEARANCES, appearance_of
from kierto.web.navigation import ACCOUNT, MAIN, Entry, entries


class Shell:
    """Navigation, district, account and appearance of one page."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._agent: Agent | None = getattr(request, "agent", None)

    @cached_property
    def districts(self) -> list[District]:
        """Every district of the node, without its area: areas are large."""
        return list(District.objects.defer("area", "description"))

    @cached_property
    def district(self) -> District | None:
        """The one that ``?district=`` names; the only one of a node that has one."""
        wanted = self._request.GET.get("district")
        if len(self.districts) == 1:
            return self.districts[0]
        return next((one for one in self.districts if one.slug == wanted), None)

    @property
    def district_query(self) -> str:
        """Carries the chosen district along from page to page."""
        if len(self.districts) < 2 or self.district is None:
            return ""
        return "?" + urlencode({"district": self.district.slug})

    @property
    def is_illustration(self) -> bool:
        """Whether anything on the page may be an illustration."""
        shown = [self.district] if self.district else self.districts
        return any(one.is_illustration for one in shown)

    @cached_property
    def main(self) -> list[Entry]:
        """The main navigation."""
        return entries(MAIN, self._request.path, self.district_query)

    @cached_property
    def account(self) -> list[Entry]:
        """The account menu of somebody who is signed in."""
        return entries(ACCOUNT, self._request.path)

    @cached_property
    def organizations(self) -> list[Organization]:
        """For whom the reader acts."""
        return organizations_of(self._agent)

    @cached_property
    def unread(self) -> int:
        """Notices that wait for the reader."""
        if self._agent is None:
            return 0
        return Notice.objects.filter(recipient_id=self._agent.pk, read_at__isnull=True).count()

    @cached_property
    def appearance(self) -> str:
        """``auto``, ``light`` or ``dark``."""
        return appearance_of(self._request)

    @property
    def appearances(self) -> dict[str, Any]:
        """What the reader can choose from."""
        return APPEARANCES


def shell(request: HttpRequest) -> dict[str, Any]:
    """Node name, the reader's agent, and the shell."""
    return {
        "node_name": settings.NODE_NAME,
        "agent": getattr(request, "agent", None),
        "shell": Shell(request),
    }
