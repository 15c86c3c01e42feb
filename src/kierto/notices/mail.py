"""The letters themselves: plain text, in the reader's language, with a full address to go to."""

from __future__ import annotations

import os

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from kierto.notices.models import Notice
from kierto.notices.reading import read
from kierto.parties.models import Invitation, Person


def send_notice(notice: Notice, person: Person, address: str) -> None:
    """Write and send the mail of a notice.

    Raises:
        OSError: the mail server did not take it.
    """
    with translation.override(person.language):
        words = read([notice])[0]
        body = render_to_string(
            "notices/mail/notice.txt",
            {
                "name": person.name,
                "words": words,
                "link": absolute(notice.path) if notice.path else "",
                "settings_link": absolute(reverse("parties:me")),
                "node_name": settings.NODE_NAME,
            },
        )
    _send(words.subject, body, address, person.language)


def send_invitation(invitation: Invitation) -> None:
    """Write and send the mail of an invitation.

    Raises:
        OSError: the mail server did not take it.
    """
    with translation.override(invitation.language):
        context = {
            "organization": invitation.organization,
            "link": absolute(reverse("parties:me")),
            "node_name": settings.NODE_NAME,
        }
        subject = render_to_string("notices/mail/invitation_subject.txt", context)
        body = render_to_string("notices/mail/invitation.txt", context)
    _send(subject, body, invitation.email, invitation.language)


def absolute(path: str) -> str:
    """A full address of a page: the first host name served, and the port on one's own machine."""
    host = settings.ALLOWED_HOSTS[0].lstrip(".*") if settings.ALLOWED_HOSTS else ""
    host = host or "localhost"
    if settings.HTTPS:
        return f"https://{host}{path}"
    port = os.environ.get("PORT", "8000") if host in {"localhost", "127.0.0.1"} else ""
    return f"http://{host}:{port}{path}" if port else f"http://{host}{path}"


def _send(subject: str, body: str, address: str, language: str) -> None:
    # A name with a line break in it must not become a header of its own.
    EmailMessage(
        subject=" ".join(subject.split()),
        body=body,
        to=[address],
        headers={"Content-Language": language, "Auto-Submitted": "auto-generated"},
    ).send()
