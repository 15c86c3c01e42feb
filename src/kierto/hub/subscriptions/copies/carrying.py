"""Copies of subscriptions are made, changed, looked after and ended at their sources.

One that does not succeed is tried again, each time after twice as long; one that a source refuses,
after an hour, or as soon as the subscription or the registration changes. Those that stand are
asked for now and then: a source that has lost or paused them gets them again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from django.db.models import QuerySet

from kierto.hub.access import EVERYTHING
from kierto.hub.distribution import forwarding
from kierto.hub.distribution.asking import Asking
from kierto.hub.distribution.forwarding import Forward, Outcome, part_of_path
from kierto.hub.distribution.registry import Source
from kierto.hub.models import Subscription, SubscriptionCopy
from kierto.hub.store import tenants
from kierto.hub.subscriptions import tenants_by_id
from kierto.hub.subscriptions.copies.payloads import READERSHIP, fragment
from kierto.hub.subscriptions.health import wait_after
from kierto.ngsild import times
from kierto.ngsild.contexts import CORE
from kierto.ngsild.errors import NgsiLdError

AT_ONCE: Final = 200
HELD_SECONDS: Final = 90.0
"""How long a process may take for what it took up; longer than any source may."""

CHECK_SECONDS: Final = 900.0
REFUSED_SECONDS: Final = 3600.0

GIVEN_UP_AFTER: Final = 40
"""Tries to end a copy at a source that does not answer; what it tells is refused by 404."""

_MAY_PASS: Final = frozenset({408, 425, 429})
_LOOP: Final = 508


def carry_due() -> int:
    """Sends what is due to the sources; how many copies it was."""
    from kierto.hub.store import writing

    due = list(_due()[:AT_ONCE])
    taken = writing.run(lambda _cursor: [row for row in due if _take(row)]) if due else []
    if not taken:
        return 0
    steps = [_step_of(row) for row in taken]
    outcomes = forwarding.in_parallel(_sent, steps)
    writing.run(lambda _cursor: _settle_all(steps, outcomes))
    return len(taken)


def _due() -> QuerySet[SubscriptionCopy]:
    now = time.time()
    return SubscriptionCopy.objects.filter(due_at__lte=now, held_until__lte=now).order_by("due_at")


def _take(row: SubscriptionCopy) -> bool:
    """Whether it is this process's now."""
    free = SubscriptionCopy.objects.filter(pk=row.pk, held_until=row.held_until)
    return free.update(held_until=time.time() + HELD_SECONDS) == 1


# ------------------------------------------------------------------- one step


@dataclass(slots=True)
class Step:
    """What is asked of a source next.

    Attributes:
        method: "" where nothing is to be asked.
        after: what stands there when it has succeeded.
    """

    row: SubscriptionCopy
    method: str
    after: str
    prepared: tuple[Forward, dict[str, str]] | None = None
    trouble: str = ""


def _step_of(row: SubscriptionCopy) -> Step:
    source = Source(row.registration, 0, orjson.loads(row.source))
    offered = source.stored["operations"]
    if not row.wanted:
        # What was sent and not answered may stand there all the same.
        stands = bool(row.standing) or row.failures > 0
        method = "DELETE" if stands and "deleteSubscription" in offered else ""
        return _prepared(Step(row, method, ""), source)
    if not row.standing:
        return _prepared(Step(row, "POST", row.wanted), source)
    if row.standing == row.wanted:
        method = "GET" if "retrieveSubscription" in offered else ""
        return _prepared(Step(row, method, row.wanted), source)
    if "updateSubscription" in offered:
        return _prepared(Step(row, "PATCH", row.wanted), source)
    return _prepared(Step(row, "DELETE", ""), source)


def _prepared(step: Step, source: Source) -> Step:
    """The request, with all that needs the database."""
    if not step.method:
        return step
    row = step.row
    path = "/subscriptions"
    body: Any = None
    if step.method == "POST":
        body = orjson.loads(row.wanted)
    else:
        path += f"/{part_of_path(row.urn)}"
    if step.method == "PATCH":
        body = fragment(orjson.loads(row.wanted), orjson.loads(row.standing))
    try:
        terms = forwarding.terms_for(source, CORE)
        forward = Forward(source, step.method, path, terms, {}, body)
        forward, headers = forwarding.prepare(_asking(row), forward)
    except NgsiLdError as error:
        step.trouble = str(error)[:300]
        return step
    if not row.partners:
        headers[READERSHIP] = "public"
    step.prepared = forward, headers
    return step


def _asking(row: SubscriptionCopy) -> Asking:
    """Asked as this node itself: it must show its key where it has one."""
    found = Subscription.objects.filter(pk=row.subscription).values_list("tenant", "document")
    number, document = found.first() or (None, "{}")
    tenant = tenants.find("") if number is None else tenants_by_id.tenant(number)
    return Asking(tenant, EVERYTHING, now=times.now(), via=orjson.loads(document).get("via", ""))


def _sent(step: Step) -> Outcome | None:
    return None if step.prepared is None else forwarding.send(*step.prepared)


# -------------------------------------------------------------------- outcomes


def _settle_all(steps: Sequence[Step], outcomes: Sequence[Outcome | None]) -> None:
    """Writes down what came of steps."""
    rows = SubscriptionCopy.objects.select_for_update().in_bulk([step.row.pk for step in steps])
    for step, outcome in zip(steps, outcomes, strict=True):
        row = rows.get(step.row.pk)
        if row is not None:
            row.held_until = 0
            _outcome_of(step, outcome)(row)


def _outcome_of(step: Step, outcome: Outcome | None) -> Callable[[SubscriptionCopy], None]:
    if step.trouble:
        return _failing(step.trouble)
    if outcome is None:
        return _succeeding(step.after, told=False)
    status = outcome.status if outcome.failure is None else 0
    if step.method == "DELETE" and status in {401, 403, 404, 410}:
        return _succeeding("")
    if step.method == "POST" and status == 409:
        return _succeeding("{}")  # it stands, perhaps as it was before
    if step.method in {"GET", "PATCH"} and status in {404, 410}:
        return _succeeding("")  # it is lost there
    if outcome.ok:
        paused = step.method == "GET" and _is_paused(outcome, step.row)
        return _succeeding("{}" if paused else step.after)
    refused = (400 <= status < 500 and status not in _MAY_PASS) or status == _LOOP
    trouble = outcome.warning or f"The source answered {status}."
    return _failing(trouble, wait=REFUSED_SECONDS if refused else None)


def _succeeding(standing: str, *, told: bool = True) -> Callable[[SubscriptionCopy], None]:
    def write(row: SubscriptionCopy) -> None:
        row.standing, row.failures, row.trouble = standing, 0, ""
        if told:
            row.last_success = times.now()
        if not row.wanted and not standing:
            row.delete()
            return
        row.due_at = time.time() + (CHECK_SECONDS if row.wanted == standing else 0.0)
        row.save()

    return write


def _failing(trouble: str, *, wait: float | None = None) -> Callable[[SubscriptionCopy], None]:
    def write(row: SubscriptionCopy) -> None:
        row.failures += 1
        row.trouble, row.last_failure = trouble[:300], times.now()
        row.due_at = time.time() + (wait_after(row.failures) if wait is None else wait)
        if not row.wanted and row.failures > GIVEN_UP_AFTER:
            row.delete()
        else:
            row.save()

    return write


def _is_paused(outcome: Outcome, row: SubscriptionCopy) -> bool:
    """Whether the source stopped telling, though it is to tell."""
    body = outcome.body if isinstance(outcome.body, dict) else {}
    wanted = orjson.loads(row.wanted).get("isActive", True)
    return bool(wanted) and (body.get("status") == "paused" or body.get("isActive") is False)
