"""Pictures and manuals: what they are, their content says; how they are given out."""

from __future__ import annotations

import io
from http import HTTPStatus
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from kierto.core.errors import NotAllowed
from kierto.core.photos import NotAPhoto
from kierto.parties.models import Agent
from kierto.parties.queries import system_agent
from kierto.sharing.actions import attachments
from kierto.sharing.attachments import LARGEST_BYTES
from kierto.sharing.errors import things as errors
from kierto.sharing.models import Thing, ThingFile
from tests.factories.exchange import picture
from tests.factories.parties import make_person
from tests.factories.sharing import make_thing

PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"


@pytest.fixture
def thing(db: None) -> Thing:
    return make_thing()


def by() -> Agent:
    return system_agent()


def add(thing: Thing, data: bytes = PDF, **fields: object) -> ThingFile:
    values: dict[str, object] = {"file": io.BytesIO(data), "title": "Manual", "by": by()}
    return attachments.add_file(thing, **{**values, **fields})  # type: ignore[arg-type]


def stored(file: Any) -> bytes:
    with file.open("rb") as opened:
        return bytes(opened.read())


def test_a_manual_is_stored_under_a_name_that_says_nothing(thing: Thing) -> None:
    upload = io.BytesIO(PDF)
    upload.name = "../../evil.html"
    paper = add(thing, file=upload, language="fi")
    name = str(paper.file.name)
    assert name.endswith(".pdf")
    assert "evil" not in name
    assert len(name.rpartition("/")[2]) == 36
    assert stored(paper.file) == PDF


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", errors.NotAPaper),
        (b"<html><script>alert(1)</script>%PDF-1.4\n%%EOF", errors.NotAPaper),
        (b"%PDF-9.9\n%%EOF", errors.NotAPaper),
        (PDF[:-7], errors.NotAPaper),
        (b"PK\x03\x04" + PDF, errors.NotAPaper),
        (PDF.replace(b"/Catalog", b"/Catalog /OpenAction << /S /JavaScript /JS (x) >>"),
         errors.PaperRuns),
        (PDF.replace(b"/Catalog", b"/Catalog /A << /S /Launch /F (cmd.exe) >>"), errors.PaperRuns),
        (PDF.replace(b"/Catalog", b"/Catalog /Names << /EmbeddedFiles 2 0 R >>"),
         errors.PaperRuns),
        (PDF.replace(b"1 0 obj", b"%" + b"x" * LARGEST_BYTES), errors.FileTooLarge),
    ],
    ids=["empty", "html", "version", "cut", "zip", "script", "launch", "embedded", "large"],
)  # fmt: skip
def test_what_is_no_plain_paper_is_refused(
    thing: Thing, data: bytes, error: type[Exception]
) -> None:
    with pytest.raises(error):
        add(thing, data)
    assert ThingFile.objects.count() == 0


def test_a_paper_has_a_title_and_there_are_not_too_many(thing: Thing) -> None:
    with pytest.raises(errors.TitleMissing):
        add(thing, title=" ")
    for number in range(attachments.MOST_FILES):
        add(thing, title=f"Paper {number}")
    with pytest.raises(errors.TooManyFiles):
        add(thing)


def test_a_picture_is_written_anew_and_has_words(thing: Thing) -> None:
    photo = attachments.add_photo(thing, image=picture("PNG"), description=" A drill ", by=by())
    assert photo.description == "A drill"
    assert stored(photo.image)[:3] == b"\xff\xd8\xff"
    with pytest.raises(errors.PhotoWithoutWords):
        attachments.add_photo(thing, image=picture(), description=" ", by=by())
    with pytest.raises(NotAPhoto):
        attachments.add_photo(thing, image=io.BytesIO(PDF), description="A drill", by=by())


def test_the_file_goes_with_the_row(
    thing: Thing, django_capture_on_commit_callbacks: object
) -> None:
    paper = add(thing)
    photo = attachments.add_photo(thing, image=picture(), description="A drill", by=by())
    names = [str(paper.file.name), str(photo.image.name)]
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        attachments.remove_file(paper, by=by())
        attachments.remove_photo(photo, by=by())
    assert [default_storage.exists(name) for name in names] == [False, False]


def test_only_staff_add_and_remove(thing: Thing) -> None:
    stranger = make_person("resident").agent
    member = make_person("member", organization=thing.collection.owner.organization).agent
    paper = add(thing, by=member)
    photo = attachments.add_photo(thing, image=picture(), description="A drill", by=member)
    for attempt in (
        lambda: add(thing, by=stranger),
        lambda: attachments.add_photo(thing, image=picture(), description="x", by=stranger),
        lambda: attachments.remove_file(paper, by=stranger),
        lambda: attachments.remove_photo(photo, by=stranger),
    ):
        with pytest.raises(NotAllowed):
            attempt()


def test_a_manual_is_only_ever_a_download(thing: Thing) -> None:
    paper = add(thing, title="Käyttöohje <b>")
    response = Client().get(reverse("sharing:manual", args=[paper.pk]))
    assert response.content == PDF
    assert {name: response[name] for name in (
        "Content-Type", "Content-Disposition", "X-Content-Type-Options", "Content-Security-Policy",
    )} == {
        "Content-Type": "application/pdf",
        "Content-Disposition": 'attachment; filename="kayttoohje-b.pdf"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }  # fmt: skip


def test_papers_and_pictures_of_a_draft_are_for_its_staff(thing: Thing) -> None:
    paper = add(thing)
    photo = attachments.add_photo(thing, image=picture(), description="A drill", by=by())
    Thing.objects.filter(pk=thing.pk).update(state="draft")
    for address in (
        reverse("sharing:manual", args=[paper.pk]),
        reverse("sharing:photo", args=[photo.pk]),
    ):
        assert Client().get(address).status_code == HTTPStatus.NOT_FOUND
        member = make_person("member", organization=thing.collection.owner.organization)
        staff = Client()
        staff.force_login(member.user, "django.contrib.auth.backends.ModelBackend")
        assert staff.get(address).status_code == HTTPStatus.OK
