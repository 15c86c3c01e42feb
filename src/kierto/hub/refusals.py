"""Why something outside was not reached. The texts never repeat the address: it may hold secrets."""

from __future__ import annotations


class OutgoingError(Exception):
    """The call was not made, or brought no answer."""


class Refused(OutgoingError):
    """The node does not call this address; trying again changes nothing."""


class Unreachable(OutgoingError):
    """Nobody answered, or what came was no answer; trying again later may help."""


class TimedOut(Unreachable):
    """The answer was not there in time."""


class TooLong(Unreachable):
    """The answer was longer than asked for."""
