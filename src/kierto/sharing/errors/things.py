"""What keeping things refuses: what is wrong, then what to do."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from kierto.core.errors import DomainError


class NameMissing(DomainError):
    """A thing without a name."""

    code = "thing_name_missing"
    field = "name"
    sentence = _("The name is empty. Write what people would call it.")


class BadCode(DomainError):
    """A code that cannot stand on a label."""

    code = "bad_thing_code"
    field = "code"
    sentence = _(
        "“%(text)s” cannot be a code. Use 2 to 20 letters without accents, digits, dots and hyphens, "
        "or leave it empty to get one."
    )


class CodeTaken(DomainError):
    """Another thing has this code."""

    code = "thing_code_taken"
    status = HTTPStatus.CONFLICT
    field = "code"
    sentence = _(
        "Another thing has the code %(text)s. Choose another, or leave it empty to get one."
    )


class NotCounted(DomainError):
    """A kind that is measured where things are counted."""

    code = "thing_not_counted"
    field = "kind"
    sentence = _(
        "“%(kind)s” is measured in %(unit)s, but things to borrow are counted. "
        "Choose a kind that is counted."
    )


class OneOnly(DomainError):
    """More than one of what stands for itself."""

    code = "thing_one_only"
    field = "quantity"
    sentence = _(
        "This is one single thing. To lend several equal ones, choose “several equal items”."
    )


class AmountNotWhole(DomainError):
    """Nothing, less than nothing, or a part of a thing."""

    code = "thing_amount_not_whole"
    field = "quantity"
    sentence = _("Enter a whole number above zero.")


class KitHasNoStock(DomainError):
    """A kit is its parts."""

    code = "kit_has_no_stock"
    status = HTTPStatus.CONFLICT
    sentence = _("A kit is counted and cared for by its parts. Open the part that you mean.")


class KitNeedsParts(DomainError):
    """A kit without parts."""

    code = "kit_needs_parts"
    field = "parts"
    sentence = _("A kit needs at least one part. Choose what belongs to it.")


class NotAKit(DomainError):
    """Parts of something that is not a kit."""

    code = "not_a_kit"
    field = "parts"
    sentence = _("Only a kit has parts. Leave the parts out, or add a kit.")


class BadPart(DomainError):
    """A part that cannot belong to this kit."""

    code = "bad_part"
    field = "parts"
    sentence = _(
        "“%(part)s” cannot be a part: a kit holds items, several equal items, spaces or vehicles of "
        "the same collection that are not retired. Choose another part."
    )


class PartTwice(DomainError):
    """The same part stands twice."""

    code = "part_twice"
    field = "parts"
    sentence = _("“%(part)s” stands twice. Write it once, with its number.")


class TooFewForKit(DomainError):
    """The kit wants more of a part than there are."""

    code = "too_few_for_kit"
    status = HTTPStatus.CONFLICT
    field = "parts"
    sentence = _(
        "The kit needs %(wanted)s of “%(part)s”, and there are %(there)s. Choose a smaller number, "
        "or first add to the stock."
    )


class PartOfKit(DomainError):
    """What belongs to a kit is not retired."""

    code = "part_of_kit"
    status = HTTPStatus.CONFLICT
    sentence = _("It is part of the kit “%(kit)s”. First take it out of the kit.")


class StillNeeded(DomainError):
    """Bookings need what would go away."""

    code = "thing_still_needed"
    status = HTTPStatus.CONFLICT
    sentence = _(
        "These bookings need it: %(bookings)s. First change or cancel them, or wait until they "
        "are over."
    )


class StillOut(DomainError):
    """So many are with borrowers."""

    code = "thing_still_out"
    status = HTTPStatus.CONFLICT
    field = "quantity"
    sentence = _("Only %(here)s are here; %(out)s are out. Take back first what is out.")


class NoneHere(DomainError):
    """Nothing is here that could be carried away."""

    code = "none_here"
    status = HTTPStatus.CONFLICT
    field = "place"
    sentence = _("None of it is here now. Move it when it is back.")


class StandsThere(DomainError):
    """It is at this place already."""

    code = "stands_there"
    field = "place"
    sentence = _("It is at this place already. Choose another one.")


class PlaceElsewhere(DomainError):
    """A place of somebody else."""

    code = "thing_place_elsewhere"
    field = "place"
    sentence = _("This place belongs to somebody else. Choose a place of the collection's owner.")


class TermsElsewhere(DomainError):
    """Terms of another collection."""

    code = "thing_terms_elsewhere"
    field = "terms"
    sentence = _("These terms belong to another collection. Choose terms of this one.")


class FixedHere(DomainError):
    """What stays as it is once the ledger knows of the thing."""

    code = "thing_fixed"
    status = HTTPStatus.CONFLICT
    sentence = _(
        "How a thing is counted, its kind and its number are not changed here. To change the number, "
        "add or take away; for another kind, retire this one and add a new one."
    )


class ReasonMissing(DomainError):
    """Less without a word why."""

    code = "stock_reason_missing"
    field = "note"
    sentence = _("Say in a few words what became of it.")


class NegativePrice(DomainError):
    """A value or a price below nothing."""

    code = "thing_price_negative"
    field = "value"
    sentence = _("A price or value is not below zero. Enter zero or more, or leave it empty.")


class PhotoWithoutWords(DomainError):
    """A picture without the words for those who cannot see it."""

    code = "thing_photo_without_words"
    field = "photo_description"
    sentence = _("Say in a few words what the picture shows, for those who cannot see it.")


class TooManyPhotos(DomainError):
    """More pictures than a page bears."""

    code = "thing_too_many_photos"
    status = HTTPStatus.CONFLICT
    field = "photo"
    sentence = _("There are %(limit)s pictures already. Remove one first.")


class TooManyFiles(DomainError):
    """More manuals than anybody reads."""

    code = "thing_too_many_files"
    status = HTTPStatus.CONFLICT
    field = "file"
    sentence = _("There are %(limit)s papers already. Remove one first.")


class FileTooLarge(DomainError):
    """A paper of too many bytes."""

    code = "manual_too_large"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    field = "file"
    sentence = _("The file is larger than %(megabytes)s MB. Choose a smaller one.")


class NotAPaper(DomainError):
    """What claims to be a PDF and is not a whole one."""

    code = "manual_not_pdf"
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    field = "file"
    sentence = _("This file is not a whole PDF. Save the paper as PDF and try again.")


class PaperRuns(DomainError):
    """A PDF that would start something when it is opened."""

    code = "manual_runs_code"
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    field = "file"
    sentence = _(
        "This PDF holds a program or another file. Print it into a new PDF and add that one."
    )


class TitleMissing(DomainError):
    """A paper without a title."""

    code = "manual_title_missing"
    field = "title"
    sentence = _("Give the paper a title, for example “User manual”.")


class NoLabels(DomainError):
    """A sheet of nothing."""

    code = "no_labels"
    field = "things"
    sentence = _("No thing is chosen. Choose at least one to print a label for.")


class TooManyLabels(DomainError):
    """More labels than one file bears."""

    code = "too_many_labels"
    field = "things"
    sentence = _("At most %(limit)s labels fit into one file. Choose fewer.")


class FontsMissing(DomainError):
    """The fonts were not built."""

    code = "label_fonts_missing"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    sentence = _(
        "The fonts for labels are missing on this server. Its administrator has to run “make ready”."
    )
