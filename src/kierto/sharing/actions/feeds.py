"""Private calendars are opened, given a new address, and closed."""

from __future__ import annotations

import secrets

from django.db import transaction

from kierto.parties.models import Agent
from kierto.sharing.feeds import can_change_feed, can_have_feed
from kierto.sharing.models import Collection, Feed

SECRET_BYTES = 24


@transaction.atomic
def open_feed(*, collection: Collection | None = None, by: Agent) -> Feed:
    """The calendar of one's own bookings, or of a collection one works for; as it is if it exists.

    Raises:
        NotAllowed: somebody who does not work for the collection.
    """
    can_have_feed(by, collection).require()
    feed, _is_new = Feed.objects.get_or_create(
        agent=by, collection=collection, defaults={"secret": _secret()}
    )
    return feed


@transaction.atomic
def renew_feed(feed: Feed, *, by: Agent) -> Feed:
    """A new address; the old one leads nowhere from now on."""
    feed = _own(feed, by)
    feed.secret = _secret()
    feed.save(update_fields=["secret"])
    return feed


@transaction.atomic
def close_feed(feed: Feed, *, by: Agent) -> None:
    """No calendar any more."""
    _own(feed, by).delete()


def _own(feed: Feed, by: Agent) -> Feed:
    found = Feed.objects.select_for_update().select_related("agent").get(pk=feed.pk)
    can_change_feed(by, found).require()
    return found


def _secret() -> str:
    return secrets.token_urlsafe(SECRET_BYTES)
