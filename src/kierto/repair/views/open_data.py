"""What comes of repairs, what prevents them, and the open data behind it."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kierto.core.errors import DomainError, NotAllowed
from kierto.core.tables import FaultyFile, write_csv
from kierto.parties.models import Agent
from kierto.parties.requests import reader
from kierto.repair.actions.open_data import remove_data_set
from kierto.repair.barriers import COLUMNS, as_json, barriers, by_barrier, matrix, sources
from kierto.repair.barriers import LICENCE as BARRIERS_LICENCE
from kierto.repair.exporting import export_repairs
from kierto.repair.forms.open_data import OpenDataForm, StatisticsForm
from kierto.repair.importers import import_open_data
from kierto.repair.models import DataSet
from kierto.repair.odd_rows import odd_lines, odd_page
from kierto.repair.oddities import ODDITIES
from kierto.repair.open_data_permissions import (
    can_export_own,
    can_import_open_data,
    can_remove_data_set,
)
from kierto.repair.states import Barrier, Outcome
from kierto.repair.statistics import (
    Line,
    Statistics,
    category_names,
    offered,
    statistics,
)
from kierto.repair.tables import HEADER, SHORT, chart_of, most_frequent, table_rows

MOST_FAULTS = 50
REPAIRS = _("Repairs")


def _download(answer: Any, name: str) -> Any:
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


# --------------------------------------------------------------------------- statistics


def _asked(request: HttpRequest) -> tuple[StatisticsForm, Statistics]:
    form = StatisticsForm(request.GET, offered=offered(), categories=category_names())
    return form, statistics(form.filters())


@require_safe
def statistics_page(request: HttpRequest) -> HttpResponse:
    """What comes of repairs?"""
    form, found = _asked(request)
    barrier_lines: list[Line] = [line for line in found.tables["barrier"] if line.key]
    context = {
        "form": form,
        "found": found,
        "outcomes": Outcome.choices,
        "tables": [chart_of(name, lines) for name, lines in found.tables.items()],
        "main_barrier": most_frequent(barrier_lines),
        "query": request.GET.urlencode(),
        "sets": DataSet.objects.count(),
    }
    return render(request, "repair/statistics.html", context)


@require_safe
def statistics_csv(request: HttpRequest) -> HttpResponse:
    """All tables as one: the table's name, the line's key and name, counts, share fixed."""
    _unused, found = _asked(request)
    text = write_csv(HEADER, table_rows(found))
    answer = HttpResponse(text, content_type="text/csv; charset=utf-8")
    return _download(answer, "repairs.csv")


@require_safe
def statistics_json(request: HttpRequest) -> HttpResponse:
    """The same for programs."""
    _unused, found = _asked(request)
    rows = [dict(zip(HEADER, row, strict=True)) for row in table_rows(found)]
    return JsonResponse({"standard": "Open Repair Data Standard 0.3", "licence": BARRIERS_LICENCE,
                         "sources": sources(), "rows": rows})  # fmt: skip


# --------------------------------------------------------------------------- barriers


@require_safe
def barriers_page(request: HttpRequest) -> HttpResponse:
    """What prevents repairs?"""
    rows = barriers()
    names = category_names()
    counts = by_barrier(rows)
    given = sum(count for _key, count in counts)
    labels = dict(Barrier.choices)
    context = {
        "rows": [
            (names.get(category or 0, ""), list(found.values()), count)
            for category, found, count in matrix(rows)
        ],
        "heads": [SHORT[Barrier(barrier)] for barrier in labels],
        "given": given,
        "main": (labels[counts[0][0]], counts[0][1] / given if given else 0.0),
        "chart": {
            "unit": "",
            "x": [str(SHORT[Barrier(barrier)]) for barrier, _n in counts],
            "series": [{"name": str(REPAIRS), "values": [count for _key, count in counts]}],
        },
        "sources": sources(),
    }
    return render(request, "repair/barriers.html", context)


@require_safe
def barriers_csv(request: HttpRequest) -> HttpResponse:
    """The data set as a table."""
    text = write_csv(COLUMNS, (row.cells() for row in barriers()))
    answer = HttpResponse(text, content_type="text/csv; charset=utf-8")
    return _download(answer, "barriers-to-repair.csv")


@require_safe
def barriers_json(request: HttpRequest) -> HttpResponse:
    """The data set with definition, licence and sources."""
    return JsonResponse(as_json(barriers()), json_dumps_params={"ensure_ascii": False})


# --------------------------------------------------------------------------- data sets


@require_safe
def data_sets(request: HttpRequest) -> HttpResponse:
    """Which open data is here?"""
    by = reader(request)
    context = {
        "sets": DataSet.objects.order_by("-imported_at"),
        "importing": can_import_open_data(by),
        "own": can_export_own(by),
    }
    return render(request, "repair/data_sets.html", context)


@require_safe
def data_set(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """What is in this set, and what is odd about it?"""
    found = get_object_or_404(DataSet, pk=pk)
    code = request.GET.get("odd", "")
    code = code if code in found.oddities else ""
    page, cells = odd_page(found, code, request.GET.get("page")) if code else (None, [])
    context = {
        "set": found,
        "oddities": [
            (each, ODDITIES[each][1], count)
            for each, count in sorted(found.oddities.items(), key=lambda item: -item[1])
        ],
        "chosen": (code, ODDITIES[code][1]) if code else None,
        "page": page,
        "cells": cells,
        "removing": can_remove_data_set(reader(request), found),
    }
    return render(request, "repair/data_set.html", context)


@require_safe
def data_set_csv(request: HttpRequest, pk: uuid.UUID) -> StreamingHttpResponse:
    """The set as it came in, row by row."""
    found = get_object_or_404(DataSet, pk=pk)
    answer = StreamingHttpResponse(export_repairs(found), content_type="text/csv; charset=utf-8")
    return _download(answer, f"repairs-{found.pk}.csv")


@require_safe
def data_set_odd_csv(request: HttpRequest, pk: uuid.UUID) -> StreamingHttpResponse:
    """Every odd cell of the set: line, id, code, column and what stands there."""
    found = get_object_or_404(DataSet, pk=pk)
    answer = StreamingHttpResponse(odd_lines(found), content_type="text/csv; charset=utf-8")
    return _download(answer, f"odd-rows-{found.pk}.csv")


@login_required
@require_safe
def own_csv(request: HttpRequest) -> StreamingHttpResponse:
    """Our own repairs in the form of the standard, for those who publish them."""
    can_export_own(reader(request)).require()
    answer = StreamingHttpResponse(export_repairs(own=True), content_type="text/csv; charset=utf-8")
    return _download(answer, "our-repairs.csv")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def data_import(request: HttpRequest) -> HttpResponse:
    """Take a file of open repair data, and say what is odd about it."""
    by: Agent = request.agent  # type: ignore[attr-defined]
    can_import_open_data(by).require()
    form = OpenDataForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            report = import_open_data(
                given["file"].file,
                name=given["file"].name,
                source_note=given["source_note"],
                licence=given["licence"],
                by=by,
            )
            return redirect("repair:data_set", report.data_set.pk)
        except FaultyFile as error:
            context["faults"] = error.faults[:MOST_FAULTS]
            context["fault_count"] = len(error.faults)
        except NotAllowed:
            raise
        except DomainError as error:
            form.add_error(None, str(error))
    return render(request, "repair/data_set_import.html", context)


@login_required
@require_POST
def data_set_remove(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take a set out again."""
    found = get_object_or_404(DataSet, pk=pk)
    remove_data_set(found, by=request.agent)  # type: ignore[attr-defined]
    return redirect("repair:data_sets")
