"""Telling people something, and remembering that they read it."""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

from django.db import transaction
from django.utils import timezone

from kierto.notices import tasks
from kierto.notices.models import Notice
from kierto.notices.permissions import can_mark_read
from kierto.notices.queries import visible_notices
from kierto.notices.reading import stored
from kierto.notices.topics import topic as known_topic
from kierto.parties.models import Agent
from kierto.parties.queries import members_of


@transaction.atomic
def notify(agent: Agent, topic: str, *, path: str = "", **fields: Any) -> list[Notice]:
    """Tell a person, or every member of an organisation; mail follows once this is committed.

    Args:
        topic: key of a registered topic; an unknown one raises ``UnknownTopic``.
        path: address within the node where the reader finds out more, starting with ``/``.
        fields: what the sentences of the topic name. Give agents, people and organisations as
            objects: only their ids are kept.

    Returns:
        The notices written, one a reader; none for an organisation without members.
    """
    known_topic(topic)
    kept = stored(fields)
    notices = Notice.objects.bulk_create(
        Notice(recipient=person, topic=topic, fields=kept, path=path)
        for person in members_of(agent)
    )
    for notice in notices:
        if notice.recipient.notify_by_email and notice.recipient.user_id is not None:
            transaction.on_commit(partial(tasks.post_notice, str(notice.pk)))
    return notices


@transaction.atomic
def mark_read(notice: Notice | Literal["all"], *, by: Agent) -> int:
    """Remember that ``by`` has read the notice, or all of theirs. Returns how many were unread."""
    if isinstance(notice, Notice):
        can_mark_read(by, notice).require()
        unread = Notice.objects.filter(pk=notice.pk)
    else:
        unread = visible_notices(by)
    return unread.filter(read_at__isnull=True).update(read_at=timezone.now())
