"""Joining nodes and parting them. Both sides keep the same: a key, a registration, a partner."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from kierto.hub import callers
from kierto.hub.callers import SYSTEM
from kierto.hub.distribution import identity, registering
from kierto.hub.errors.nodes import (
    AddressNotTheirs,
    AlreadyJoined,
    InvitationNotValid,
    InvitationOver,
    NodeAddressUnusable,
    NodeGone,
    NodeNotReached,
    OwnInvitation,
)
from kierto.hub.models import Invitation, Node, Token
from kierto.hub.nodes import speaking
from kierto.hub.nodes.links import read_address, read_link
from kierto.hub.nodes.permissions import can_manage_nodes, can_remove_node, can_withdraw
from kierto.hub.nodes.registering import offers_all, registration_of
from kierto.hub.nodes.speaking import Hello
from kierto.hub.store import tenants
from kierto.hub.subscriptions import actions as subscriptions
from kierto.ngsild.errors import NgsiLdError, ResourceNotFound
from kierto.parties.actions import change_organization, create_organization
from kierto.parties.models import Agent, Helix, Organization
from kierto.parties.queries import system_agent

SCOPES: Final = ["read", "subscribe"]
"""What another node may do here: ask, and be told of changes."""

VALID: Final = timedelta(days=7)
TIMES_REFUSED: Final = 300


def invite(*, by: Agent) -> tuple[Invitation, str]:
    """An invitation for one other node, and the word that goes into its link (said only now)."""
    can_manage_nodes(by).require()
    word = secrets.token_urlsafe(40)
    invitation = Invitation.objects.create(
        digest=callers.hash_of(word), made_by=by, expires_at=timezone.now() + VALID
    )
    return invitation, word


def withdraw(invitation: Invitation, *, by: Agent) -> Invitation:
    """Nobody can join by this invitation any more.

    Raises:
        InvitationOver: somebody did, or it was withdrawn before.
    """
    with transaction.atomic():
        locked = Invitation.objects.select_for_update().get(pk=invitation.pk)
        can_manage_nodes(by).require()
        if not can_withdraw(by, locked):
            raise InvitationOver()
        locked.withdrawn_at = timezone.now()
        locked.save(update_fields=["withdrawn_at"])
    return locked


def join(link: str, *, address: str, trusted: bool = True, by: Agent) -> Node:
    """Joins the node that sent the link.

    Args:
        link: of the invitation.
        address: where this node is reached by the other one.
        trusted: whether the other city sees what partners may see, or only what is public.

    Raises:
        NotAnInvitation, InvitationNotValid, OwnInvitation, AlreadyJoined: the link does not do.
        NodeNotReached, NodeAddressUnusable, AddressNotTheirs: one does not reach the other.
    """
    can_manage_nodes(by).require()
    theirs, word = read_link(link)
    secret = callers.new_secret()
    hello = Hello(
        name=settings.NODE_NAME,
        address=read_address(address),
        alias=identity.alias(),
        key=secret,
        types=speaking.own_types(),
        word=word,
    )
    if _is_open(word):
        raise OwnInvitation()
    if Node.objects.filter(address=theirs, removed_at__isnull=True).exists():
        raise AlreadyJoined()
    answer = speaking.greet(theirs, hello)
    if answer.alias == identity.alias():
        raise OwnInvitation()
    return _keep(answer, address=theirs, own=hello.address, secret=secret, trusted=trusted, by=by)


def _is_open(word: str) -> bool:
    return Invitation.objects.filter(digest=callers.hash_of(word)).exists()


def admit(hello: Hello, *, own_address: str) -> Hello:
    """Another node wants to join by a word of ours; what we answer it.

    It is asked back at the address it gives before anything is written. The invitation's maker
    answers for what is written.

    Raises:
        InvitationNotValid: the word opens nothing.
        AlreadyJoined: we know the node.
        AddressNotTheirs, NodeNotReached, NodeAddressUnusable: we do not reach it.
    """
    digest = callers.hash_of(hello.word)
    if not _usable(digest):
        raise InvitationNotValid()
    address = read_address(hello.address)
    if hello.alias == identity.alias():
        raise OwnInvitation()
    if speaking.alias_at(address) != hello.alias:
        raise AddressNotTheirs(address=address)
    secret = callers.new_secret()
    types = speaking.own_types()
    with transaction.atomic():
        invitation = Invitation.objects.select_for_update().filter(digest=digest).first()
        if invitation is None or not _usable(digest):
            raise InvitationNotValid()
        invitation.node = _keep(
            hello,
            address=address,
            own=own_address,
            secret=secret,
            trusted=True,
            by=invitation.made_by,
        )
        invitation.used_at = timezone.now()
        invitation.save(update_fields=["node", "used_at"])
    return Hello(settings.NODE_NAME, own_address, identity.alias(), secret, types)


def _usable(digest: str) -> bool:
    return Invitation.objects.filter(
        digest=digest,
        used_at__isnull=True,
        withdrawn_at__isnull=True,
        expires_at__gt=timezone.now(),
    ).exists()


@transaction.atomic
def _keep(hello: Hello, *, address: str, own: str, secret: str, trusted: bool, by: Agent) -> Node:
    """Writes a node down: as a partner, with its key, ours, and the way to it."""
    can_manage_nodes(by).require()
    if Node.objects.filter(alias=hello.alias, removed_at__isnull=True).exists():
        raise AlreadyJoined()
    city = create_organization(
        name=hello.name, helix=Helix.PUBLIC, by=by, website=address, is_partner=trusted
    )
    token = Token.objects.create(
        name=hello.name[:100],
        digest=callers.hash_of(secret),
        agent=city.agent,
        scopes=SCOPES,
        tenants=[""],
        created_by=by,
    )
    node = Node.objects.create(
        name=hello.name,
        address=address,
        own_address=own,
        alias=hello.alias,
        key=hello.key,
        token=token,
        types=hello.types,
        joined_by=by,
        answered_at=timezone.now(),
    )
    _register(node)
    transaction.on_commit(callers.forget)
    return node


def _register(node: Node) -> None:
    """The way to the node: a registration for the kinds it has."""
    tenant = tenants.find("")
    stored = registration_of(node)
    if stored is None:
        return
    try:
        if node.registration is None:
            node.registration = registering.create(tenant, stored, by=SYSTEM)
            node.save(update_fields=["registration"])
        else:
            registering.update(tenant, node.registration.name, lambda _before: stored)
    except NgsiLdError as error:
        raise NodeAddressUnusable(address=node.address, reason=error.detail) from error


def refresh(node: Node, *, by: Agent) -> Node:
    """Asks the node which kinds it has now; what stood in the way is kept where it fails.

    Raises:
        NodeGone: the connection has ended.
    """
    can_manage_nodes(by).require()
    if node.removed_at is not None:
        raise NodeGone()
    try:
        types = speaking.types_at(node.address, node.key)
        trouble = ""
    except (NodeNotReached, NodeAddressUnusable) as error:
        types, trouble = node.types, str(error)[:TIMES_REFUSED]
    with transaction.atomic():
        locked = Node.objects.select_for_update().get(pk=node.pk)
        if locked.removed_at is not None:
            raise NodeGone()
        changed = locked.types != types
        locked.types, locked.trouble = types, trouble
        if not trouble:
            locked.answered_at = timezone.now()
        locked.save(update_fields=["types", "trouble", "answered_at"])
        if changed or not offers_all(locked):
            _register(locked)
        if locked.token is not None and locked.token.scopes != SCOPES:
            Token.objects.filter(pk=locked.token.pk).update(scopes=SCOPES)
    return locked


def refresh_all() -> int:
    """A round: every joined node is asked; how many answered."""
    answered = 0
    for node in Node.objects.filter(removed_at__isnull=True):
        try:
            answered += not refresh(node, by=system_agent()).trouble
        except NodeGone:
            continue
    return answered


def remove(node: Node, *, by: Agent) -> Node:
    """Ends the connection: our key for it and the way to it go, and the other side is told.

    Raises:
        NodeGone: it has ended before.
    """
    with transaction.atomic():
        locked = Node.objects.select_for_update().get(pk=node.pk)
        can_manage_nodes(by).require()
        if not can_remove_node(by, locked):
            raise NodeGone()
        address, key = locked.address, locked.key
        _end(locked, by=by)
        transaction.on_commit(lambda: _tell(address, key))
    return locked


def _tell(address: str, key: str) -> None:
    speaking.say_goodbye(address, key)


def leave(token_id: UUID) -> Node | None:
    """The other node ends the connection, and shows the key we gave it; ``None``: we know none."""
    with transaction.atomic():
        node = (
            Node.objects.select_for_update().filter(token=token_id, removed_at__isnull=True).first()
        )
        if node is not None:
            _end(node, by=None)
    return node


def _end(node: Node, *, by: Agent | None) -> None:
    registration, token = node.registration, node.token
    node.key, node.registration = "", None
    node.removed_at, node.removed_by = timezone.now(), by
    node.save()
    if registration is not None:
        try:
            registering.delete(tenants.find(""), registration.name)
        except ResourceNotFound:
            pass
    if token is not None:
        Token.objects.filter(pk=token.pk, withdrawn_at__isnull=True).update(
            withdrawn_at=timezone.now()
        )
        subscriptions.end_all_by(token.agent_id, token.pk)
        # What partners may see is no longer for a city that has gone.
        city = Organization.objects.get(agent=token.agent_id)
        change_organization(city, changes={"is_partner": False}, by=by or system_agent())
    transaction.on_commit(callers.forget)
