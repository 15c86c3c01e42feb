"""What the exchange refuses: what is wrong, then what to do."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from kierto.core.errors import DomainError


class AmountTooSmall(DomainError):
    """An amount of nothing, or less."""

    code = "amount_too_small"
    field = "quantity"
    sentence = _("An amount must be more than zero. Enter how much it is.")


class MoneyOffered(DomainError):
    """Money posted as an offer or a need."""

    code = "money_offered"
    field = "kind"
    sentence = _("Money cannot be offered or needed here. Choose the thing that circulates.")


class LotTooLarge(DomainError):
    """The smallest amount to give is more than there is."""

    code = "lot_too_large"
    field = "minimum_lot"
    sentence = _("The smallest amount is larger than the whole amount. Make it smaller.")


class WindowBackwards(DomainError):
    """It ends before it begins."""

    code = "window_backwards"
    field = "available_until"
    sentence = _("The last day is before the first day. Choose a later last day.")


class PlaceNotTheirs(DomainError):
    """The place belongs to somebody else."""

    code = "place_not_theirs"
    field = "place"
    sentence = _("This place belongs to somebody else. Choose one of your own places.")


class BadQuality(DomainError):
    """A measured property or a limit cannot be read."""

    code = "bad_quality"
    field = "quality"
    sentence = _(
        "“%(text)s” cannot be read. Write for example “moisture = 0.6” for what you have, "
        "or “moisture = 0.2 to 0.7” for what you accept, one on each line."
    )


class UnknownQuality(DomainError):
    """A property that the catalogue does not know."""

    code = "unknown_quality"
    field = "quality"
    sentence = _("“%(name)s” is not a property we know. Known are: %(known)s.")


class IntentOver(DomainError):
    """Its last day has passed, so it cannot be open."""

    code = "intent_over"
    status = HTTPStatus.CONFLICT
    sentence = _("Its last day has passed. Give it a later last day, then publish it.")


class IntentClosed(DomainError):
    """A closed offer or need is a record and stays as it is."""

    code = "intent_closed"
    status = HTTPStatus.CONFLICT
    sentence = _("This is closed and stays as it was. Post a new one instead.")


class TooManyPhotos(DomainError):
    """An offer or need has its share of pictures already."""

    code = "too_many_photos"
    field = "photo"
    sentence = _("There are %(limit)s pictures already. Remove one first.")


class PhotoWithoutWords(DomainError):
    """Somebody who does not see the picture must know what it shows."""

    code = "photo_without_words"
    field = "photo_description"
    sentence = _("Say in a few words what the picture shows, for those who cannot see it.")


class CapacityOutOfRange(DomainError):
    """More, or less, than the recipe can be run at."""

    code = "capacity_out_of_range"
    field = "capacity"
    sentence = _(
        "This recipe runs at %(low)s to %(high)s levels a week. Enter a capacity in that range."
    )


class RecipeHasNoFlows(DomainError):
    """A recipe without inputs and outputs processes nothing."""

    code = "recipe_has_no_flows"
    field = "recipe"
    sentence = _("This recipe has no inputs. Choose another one.")


class EndsDoNotFit(DomainError):
    """A proposal joins what cannot be joined."""

    code = "ends_do_not_fit"
    sentence = _("The two ends of this proposal do not fit: %(why)s Choose others.")


class NoLongerPossible(DomainError):
    """The planner knows no such way between the two."""

    code = "no_longer_possible"
    status = HTTPStatus.CONFLICT
    sentence = _("This way is not open any more. Reload the page to see what is possible now.")


class NothingFree(DomainError):
    """All of it is promised already."""

    code = "nothing_free"
    status = HTTPStatus.CONFLICT
    sentence = _("All of it is promised already. Wait until an agreement ends, or offer more.")


class AlreadyProposed(DomainError):
    """The same two ends wait for answers already."""

    code = "already_proposed"
    status = HTTPStatus.CONFLICT
    sentence = _("The same has been proposed and waits for answers. Withdraw it first.")


class AlreadyAnswered(DomainError):
    """Each party answers once."""

    code = "already_answered"
    status = HTTPStatus.CONFLICT
    sentence = _("%(agent)s has answered already. Reload the page to see the answer.")


class AnswerTooLate(DomainError):
    """The day by which to answer has passed."""

    code = "answer_too_late"
    status = HTTPStatus.CONFLICT
    sentence = _(
        "The time to answer ended on %(day)s. Ask the operator of the district for a new proposal."
    )


class NotAParty(DomainError):
    """The agent that is to answer or to record is no party."""

    code = "not_a_party"
    status = HTTPStatus.FORBIDDEN
    sentence = _("%(agent)s is not a party here. Choose one of the two parties.")


class ReasonMissing(DomainError):
    """A no without a reason helps nobody."""

    code = "exchange_reason_missing"
    field = "reason"
    sentence = _("Say why, in a few words. It helps the next plan.")


class DeliveryOutOfTime(DomainError):
    """A delivery before the agreement begins, or in the future."""

    code = "delivery_out_of_time"
    field = "happened_at"
    sentence = _("The delivery must lie between %(start)s and now. Correct the day.")


class AgreementEnded(DomainError):
    """Nothing is promised any more."""

    code = "agreement_ended"
    status = HTTPStatus.CONFLICT
    sentence = _(
        "Every promise of this agreement was cancelled. Nothing can be delivered under it."
    )


class StockShort(DomainError):
    """More would leave than is there."""

    code = "exchange_stock_short"
    status = HTTPStatus.CONFLICT
    sentence = _(
        "%(agent)s has only %(there)s %(unit)s of %(kind)s on record, and %(wanted)s are wanted. "
        "Record first where the rest came from: the delivery, or the processing run."
    )


class RunOfNothing(DomainError):
    """A processing run without inputs or without outputs."""

    code = "run_of_nothing"
    field = "level"
    sentence = _("A run has at least one input or one output. Enter the amounts.")


class NotOfThisRecipe(DomainError):
    """A run names a kind that its recipe does not have."""

    code = "not_of_this_recipe"
    sentence = _("“%(kind)s” is not part of this recipe. Choose one of its inputs and outputs.")
