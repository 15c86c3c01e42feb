"""Manuals from outside: whole PDFs, not too large, without anything that runs.

What a file is, its content says, not its name. It is stored under a random name and only ever
given out as a download, which no browser opens in the node's own name.
"""

from __future__ import annotations

import re
import uuid
from typing import IO

from django.db.models.fields.files import FieldFile
from django.http import HttpResponse
from django.utils.text import slugify

from kierto.sharing.errors.things import FileTooLarge, NotAPaper, PaperRuns

LARGEST_BYTES = 20_000_000

_HEAD = re.compile(rb"%PDF-(1\.[0-7]|2\.0)[\r\n\s%]")
_TAIL_BYTES = 2048

# Names of PDF objects that start something: ISO 32000-2, 12.6.4 (actions) and 7.11.4 (embedded
# files). What is packed into compressed objects is not seen, therefore the download besides.
_RUNS = re.compile(rb"/(JavaScript|Launch|EmbeddedFiles?|RichMedia|SubmitForm|ImportData)\b")


def clean_paper(upload: IO[bytes]) -> bytes:
    """The bytes of a PDF as it came.

    Raises:
        FileTooLarge: more than 20 MB.
        NotAPaper: it does not begin and end as a PDF does.
        PaperRuns: it names a program, an embedded file or a form that sends itself.
    """
    data = upload.read(LARGEST_BYTES + 1)
    if len(data) > LARGEST_BYTES:
        raise FileTooLarge(megabytes=LARGEST_BYTES // 1_000_000)
    if not _HEAD.match(data) or b"%%EOF" not in data[-_TAIL_BYTES:]:
        raise NotAPaper
    if _RUNS.search(data):
        raise PaperRuns
    return data


def paper_name() -> str:
    """A file name that says nothing."""
    return f"{uuid.uuid4().hex}.pdf"


def download(file: FieldFile, title: str) -> HttpResponse:
    """The paper as a download: never shown in place, never run, never taken for something else."""
    with file.open("rb") as opened:
        response = HttpResponse(opened.read(), content_type="application/pdf")
    name = slugify(title) or "manual"
    response["Content-Disposition"] = f'attachment; filename="{name[:60]}.pdf"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, max-age=3600"
    return response
