"""What the catalogue's pages do alike: lists by the page, tables to take away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse

from kierto.core.tables import write_csv

PAGE_SIZE = 25


def page_of(request: HttpRequest, things: Any) -> Page[Any]:
    """The asked-for page of a list; a number that does not exist gives the nearest one."""
    return Paginator(things, PAGE_SIZE).get_page(request.GET.get("page"))


def csv_answer(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """A table as a download, in UTF-8 with its mark so that spreadsheets read it."""
    answer = HttpResponse(
        "\ufeff" + write_csv(header, rows), content_type="text/csv; charset=utf-8"
    )
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
