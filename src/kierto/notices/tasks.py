"""Sending mail in the background, with patience: a mail server that is away comes back."""

from __future__ import annotations

import datetime
import smtplib

from django.utils import timezone
from django_tasks import task

from kierto.notices import mail
from kierto.notices.models import Notice
from kierto.parties.models import Invitation

WAITS = (
    datetime.timedelta(minutes=2),
    datetime.timedelta(minutes=20),
    datetime.timedelta(hours=3),
    datetime.timedelta(hours=24),
)
"""How long to wait after each failure; after the last one the notice stays in the page only."""


def post_notice(notice_id: str) -> None:
    """Put the mail of a notice into the queue."""
    send_notice.enqueue(notice_id)


def post_invitation(invitation_id: str) -> None:
    """Put the mail of an invitation into the queue."""
    send_invitation.enqueue(invitation_id, 0)


@task()
def send_notice(notice_id: str) -> str:
    """Send one notice by e-mail; returns what became of it: sent, not wanted, later, given up."""
    notice = Notice.objects.select_related("recipient__user").filter(pk=notice_id).first()
    if notice is None or notice.emailed_at is not None:
        return "not wanted"
    person = notice.recipient
    if not person.notify_by_email or person.user is None or not person.user.is_active:
        return "not wanted"
    notice.email_attempts += 1
    try:
        mail.send_notice(notice, person, person.user.email)
    except OSError as error:  # smtplib's errors are OSErrors too
        notice.email_problem = problem_of(error)
        notice.save(update_fields=["email_attempts", "email_problem"])
        return _again_or_give_up(notice)
    notice.emailed_at, notice.email_problem = timezone.now(), ""
    notice.save(update_fields=["email_attempts", "emailed_at", "email_problem"])
    return "sent"


@task()
def send_invitation(invitation_id: str, attempts: int) -> str:
    """Send one invitation by e-mail; returns what became of it, as :func:`send_notice` does."""
    invitation = Invitation.objects.select_related("organization").filter(pk=invitation_id).first()
    if invitation is None:
        return "not wanted"
    try:
        mail.send_invitation(invitation)
    except OSError:
        if attempts >= len(WAITS):
            return "given up"
        later = send_invitation.using(run_after=timezone.now() + WAITS[attempts])
        later.enqueue(invitation_id, attempts + 1)
        return "later"
    return "sent"


def problem_of(error: OSError) -> str:
    """The sort of failure, without the address that the server may repeat in its words."""
    code = error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else error.errno
    return f"{type(error).__name__} {code or ''}".strip()


def _again_or_give_up(notice: Notice) -> str:
    if notice.email_attempts > len(WAITS):
        return "given up"
    when = timezone.now() + WAITS[notice.email_attempts - 1]
    send_notice.using(run_after=when).enqueue(str(notice.pk))
    return "later"
