"""Pages about other cities, and the two doors at which their nodes knock."""

from __future__ import annotations

import uuid
from dataclasses import asdict

import orjson
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kierto.core.errors import DomainError
from kierto.hub import callers
from kierto.hub.http.messages import Request
from kierto.hub.models import Invitation, Node
from kierto.hub.nodes import actions, searching, speaking
from kierto.hub.nodes.forms import JoinForm, KindForm
from kierto.hub.nodes.links import link_of
from kierto.hub.nodes.permissions import can_manage_nodes
from kierto.hub.nodes.queries import joined_nodes, open_invitations, visible_nodes
from kierto.ngsild.errors import Unauthorized
from kierto.parties.models import Agent
from kierto.parties.requests import reader, writer

LARGEST_GREETING = 200_000


@require_safe
def cities(request: HttpRequest) -> HttpResponse:
    """What do other cities have?"""
    by = reader(request)
    nodes = list(joined_nodes().select_related("registration"))
    kinds = searching.kinds_of(nodes)
    form = KindForm(request.GET or None, kinds=kinds)
    kind = form.cleaned_data["kind"] if form.is_valid() else ""
    context = {
        "nodes": nodes,
        "form": form,
        "kind": kind,
        "kind_name": searching.kind_name(kind) if kind else "",
        "found": searching.search(kind, nodes, by=by) if kind else None,
        "may_manage": can_manage_nodes(by),
    }
    return render(request, "hub/nodes/cities.html", context)


@login_required
@require_safe
def nodes(request: HttpRequest) -> HttpResponse:
    """Which nodes is this one joined with?"""
    by = _manager(request)
    found = list(visible_nodes(by).select_related("joined_by__person"))
    context = {
        "joined": [node for node in found if node.removed_at is None],
        "gone": [node for node in found if node.removed_at is not None],
        "invitations": open_invitations(),
    }
    return render(request, "hub/nodes/nodes.html", context)


@login_required
@require_POST
@never_cache
def invite(request: HttpRequest) -> HttpResponse:
    """Make an invitation; its link is shown now and never again."""
    invitation, word = actions.invite(by=_manager(request))
    context = {"invitation": invitation, "link": link_of(own_address(request), word)}
    return render(request, "hub/nodes/invitation_made.html", context)


@login_required
@require_POST
def withdraw(request: HttpRequest, invitation_id: uuid.UUID) -> HttpResponse:
    """Withdraw an invitation."""
    actions.withdraw(get_object_or_404(Invitation, pk=invitation_id), by=_manager(request))
    messages.info(request, _("Nobody can join by this invitation any more."))
    return redirect("hub:nodes")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """Join another city by its link."""
    by = _manager(request)
    form = JoinForm(request.POST or None, initial={"address": own_address(request)})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            node = actions.join(
                said["link"], address=said["address"], trusted=said["trusted"], by=by
            )
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, _("This node and %(name)s are joined.") % {"name": node.name})
            return redirect("hub:nodes")
    return render(request, "hub/nodes/join.html", {"form": form})


@login_required
@require_POST
def refresh(request: HttpRequest, node_id: uuid.UUID) -> HttpResponse:
    """Ask a node again which kinds it has."""
    node = actions.refresh(get_object_or_404(Node, pk=node_id), by=_manager(request))
    if node.trouble:
        messages.warning(request, node.trouble)
    else:
        messages.success(request, _("%(name)s answered.") % {"name": node.name})
    return redirect("hub:nodes")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, node_id: uuid.UUID) -> HttpResponse:
    """End the connection to a node, after a second look."""
    by = _manager(request)
    node = get_object_or_404(Node, pk=node_id)
    if request.method == "POST":
        actions.remove(node, by=by)
        messages.info(request, _("The connection to %(name)s has ended.") % {"name": node.name})
        return redirect("hub:nodes")
    return render(request, "hub/nodes/remove.html", {"node": node})


@require_safe
def invitation(request: HttpRequest) -> HttpResponse:
    """What to do with an invitation of this node (who opens its link sees this)."""
    return render(request, "hub/nodes/invitation.html")


def own_address(request: HttpRequest) -> str:
    """How this node is reached, as far as this request tells."""
    return request.build_absolute_uri("/").rstrip("/")


def _manager(request: HttpRequest) -> Agent:
    by = writer(request)
    can_manage_nodes(by).require()
    return by


# ------------------------------------------------------------------ for nodes


@csrf_exempt
@require_POST
@never_cache
def hello(request: HttpRequest) -> HttpResponse:
    """Another node joins by an invitation of ours."""
    try:
        if len(request.body) > LARGEST_GREETING:
            raise ValueError
        greeting = speaking.read_hello(orjson.loads(request.body))
    except ValueError:
        return JsonResponse({"title": "This is no greeting of a node."}, status=400)
    try:
        answer = actions.admit(greeting, own_address=own_address(request))
    except DomainError as error:
        return JsonResponse(error.as_problem(), status=int(error.status))
    return JsonResponse(asdict(answer))


@csrf_exempt
@require_POST
@never_cache
def leave(request: HttpRequest) -> HttpResponse:
    """Another node ends the connection, and shows the key we gave it."""
    headers = {"authorization": request.headers.get("Authorization", "")}
    if not headers["authorization"]:
        return HttpResponse(status=401)
    try:
        caller = callers.caller_of(Request("POST", request.path, headers=headers))
    except Unauthorized:
        return HttpResponse(status=401)
    node = actions.leave(caller.token_id) if caller.token_id is not None else None
    return HttpResponse(status=204 if node is not None else 404)
