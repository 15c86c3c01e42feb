"""Why a plan cannot be requested, stopped or proposed, and why a run failed."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.utils.translation import gettext_lazy as _

from kierto.core.errors import DomainError


class RunAlreadyOpen(DomainError):
    """The district has a run of this kind that is not over."""

    code = "plan_run_open"
    status = HTTPStatus.CONFLICT
    sentence = _(
        "%(district)s is already being planned. Wait for that run to finish, or stop it first."
    )


class RunOver(DomainError):
    """A finished run cannot be stopped."""

    code = "plan_run_over"
    status = HTTPStatus.CONFLICT
    sentence = _("This run is over and cannot be stopped. Reload the page to see how it ended.")


class NoCandidates(DomainError):
    """A siting run needs at least one candidate site."""

    code = "no_candidate_sites"
    status = HTTPStatus.CONFLICT
    field = "kind"
    sentence = _(
        "%(district)s has no candidate site yet. Add the places where something could be opened, "
        "then ask which of them to open."
    )


class SiteRecipeEmpty(DomainError):
    """A site's recipe takes in nothing or makes nothing."""

    code = "site_recipe_empty"
    field = "recipe"
    sentence = _(
        "The recipe “%(recipe)s” has no inputs or no outputs, so a site cannot run it. "
        "Choose another recipe."
    )


class SiteNumberOutOfRange(DomainError):
    """A number of a candidate site that cannot be; ``field`` names it."""

    code = "site_number_out_of_range"
    sentence = _("Enter a number from %(low)s to %(high)s.")


class SiteMinimumTooHigh(DomainError):
    """A site that must run above its capacity could never open."""

    code = "site_minimum_too_high"
    field = "minimum"
    sentence = _("The least level is above the capacity. Lower it.")


class NoPlanHere(DomainError):
    """The run holds no plan: it is not done, or it is a sweep."""

    code = "no_plan_here"
    status = HTTPStatus.CONFLICT
    sentence = _("This run holds no finished plan. Choose a run that is done.")


class AlreadyProposed(DomainError):
    """The plan's flows were sent to their parties before."""

    code = "plan_already_proposed"
    status = HTTPStatus.CONFLICT
    sentence = _(
        "The flows of this plan were sent as proposals before. Run a new plan to propose again."
    )


class NewerPlanProposed(DomainError):
    """A later plan of the district is already with the parties."""

    code = "newer_plan_proposed"
    status = HTTPStatus.CONFLICT
    sentence = _(
        "A later plan was already sent to the parties. Send proposals from the newest plan only."
    )


class NothingToPropose(DomainError):
    """No flow of the plan can be proposed any more."""

    code = "nothing_to_propose"
    status = HTTPStatus.CONFLICT
    sentence = _(
        "No flow of this plan can be proposed: its offers and needs have changed or closed since. "
        "Run a new plan."
    )


LOST = "worker_lost"
UNEXPECTED = "unexpected"

FAILURES: dict[str, Any] = {
    LOST: _(
        "The program that computed this plan stopped without a word, for example because the "
        "machine restarted. Nothing else was changed. Run the plan again."
    ),
    UNEXPECTED: _(
        "The computation met an error that it did not expect. Nothing else was changed. "
        "Run the plan again; if it fails again, report it with the details below."
    ),
    "invalid_problem": _(
        "The offers, needs or processors contradict each other, so no plan was computed. "
        "The details below say where. Mend them and run the plan again."
    ),
    "plan_uncertified": _(
        "The plan did not pass its own check and is therefore withheld. "
        "Report this with the details below."
    ),
    "plan_not_solved": _(
        "The solver stopped without an answer. Check the data for extreme numbers, "
        "then run the plan again."
    ),
}
"""A run's failure code in words: what happened, what was kept, what to do."""


def failure_sentence(code: str) -> str:
    """The sentence of a failure code; an unknown code reads as unexpected."""
    return str(FAILURES.get(code, FAILURES[UNEXPECTED]))
