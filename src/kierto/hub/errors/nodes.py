"""Why a node cannot be invited, joined or asked."""

from __future__ import annotations

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from kierto.core.errors import DomainError


class NotAnInvitation(DomainError):
    """The link has not the form of an invitation."""

    code = "node_invitation_unreadable"
    field = "link"
    sentence = _(
        "This is not an invitation. Copy the whole link that the other city sent you, from "
        "“http” to its end."
    )


class InvitationNotValid(DomainError):
    """The invitation is unknown, used, withdrawn or too old."""

    code = "node_invitation_invalid"
    status = HTTPStatus.FORBIDDEN
    field = "link"
    sentence = _(
        "The other city does not accept this invitation: it was used before, was withdrawn or is "
        "too old. Ask for a new one."
    )


class OwnInvitation(DomainError):
    """The invitation leads to this very node."""

    code = "node_invitation_own"
    status = HTTPStatus.CONFLICT
    field = "link"
    sentence = _("This invitation is from this node itself. Send it to the other city.")


class AlreadyJoined(DomainError):
    """The two nodes know each other."""

    code = "node_already_joined"
    status = HTTPStatus.CONFLICT
    sentence = _(
        "The two nodes are joined already. To start anew, end the connection on both sides first."
    )


class NodeNotReached(DomainError):
    """The other node does not answer, or not as a node does."""

    code = "node_not_reached"
    status = HTTPStatus.BAD_GATEWAY
    sentence = _(
        "The node at %(address)s cannot be reached: %(reason)s. Check that it runs, and that its "
        "address is right, and try again."
    )


class AddressNotTheirs(DomainError):
    """At the address somebody else answers, or nobody."""

    code = "node_address_not_theirs"
    status = HTTPStatus.CONFLICT
    field = "address"
    sentence = _(
        "At %(address)s another node answers than the one that wants to join. Give the address "
        "under which your own node is reached from outside."
    )


class NotReachedFromThere(DomainError):
    """The other node calls back and gets no answer."""

    code = "node_not_reached_from_there"
    status = HTTPStatus.CONFLICT
    field = "address"
    sentence = _(
        "The other node cannot reach this one at %(address)s. Check that this node runs and can be "
        "reached from outside at that address, and try again; the invitation is still good."
    )


class NodeAddressUnusable(DomainError):
    """The address is no web address, or leads where this node does not go."""

    code = "node_address_unusable"
    field = "address"
    sentence = _(
        "%(address)s is no address that nodes can reach: %(reason)s. Give the address under which "
        "the node is reached from outside."
    )


class NodeGone(DomainError):
    """The connection has ended."""

    code = "node_gone"
    status = HTTPStatus.CONFLICT
    sentence = _("The connection to this node has ended. Invite the city again to start anew.")


class InvitationOver(DomainError):
    """An invitation that was used or withdrawn cannot be withdrawn."""

    code = "node_invitation_over"
    status = HTTPStatus.CONFLICT
    sentence = _("This invitation is over already. Reload the page to see what became of it.")
