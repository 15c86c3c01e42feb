"""What belongs to others, by its id, in every view and every action, for the six roles.

The table holds every address of the platform that names a thing. A new address without its row
fails the test; a status that changes is a decision, to be made here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.apps import apps
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from kierto.parties.models import Agent
from tests.attacks.conftest import Neighbours
from tests.attacks.rows_of_hub import HUB
from tests.attacks.rows_of_repair import REPAIR
from tests.attacks.rows_of_sharing import SHARING
from tests.factories.parties import ROLES

SignIn = Callable[[Agent | None], Client]
TYPED = {
    "to": "closed", "answer": "accept", "reason": "Mine", "role": "admin", "level": "1",
    "quantity": "1", "unit": "kg", "name": "Mine", "title": "Mine",
}  # fmt: skip


def named_with_things(resolver: URLResolver | None = None, space: str = "") -> Iterator[str]:
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace and pattern.namespace != "admin":
                yield from named_with_things(pattern, f"{pattern.namespace}:")
            elif not pattern.namespace and "accounts" not in str(pattern.pattern):
                yield from named_with_things(pattern, space)
        elif isinstance(pattern, URLPattern) and pattern.pattern.converters:
            yield f"{space}{pattern.name}"


# The things in the address; then the answers to GET and to POST, by role, from visitor to node admin.
ROWS: dict[str, tuple[list[str], list[int], list[int]]] = {
    "parties:answer_invitation": (["invitation"], [302, 405, 405, 405, 405, 405], [302, 404, 404, 404, 404, 404]),
    "parties:organization": (["slug"], [200, 200, 200, 200, 200, 200], [405, 405, 405, 405, 405, 405]),
    "parties:organization_edit": (["slug"], [302, 403, 403, 403, 403, 200], [302, 403, 403, 403, 403, 200]),
    "parties:members": (["slug"], [302, 403, 403, 403, 403, 200], [302, 403, 403, 403, 403, 200]),
    "parties:member_role": (["slug", "person"], [302, 405, 405, 405, 405, 405], [302, 403, 403, 403, 403, 302]),
    "parties:member_remove": (["slug", "person"], [302, 405, 405, 405, 405, 405], [302, 403, 403, 403, 403, 409]),
    "parties:invitation_withdraw": (
        ["slug", "invitation"], [302, 405, 405, 405, 405, 405], [302, 403, 403, 403, 403, 302]
    ),
    "parties:organization_place_new": (["slug"], [302, 403, 403, 403, 403, 200], [302, 403, 403, 403, 403, 200]),
    "parties:place_edit": (["home"], [302, 404, 404, 404, 404, 200], [302, 404, 404, 404, 404, 200]),
    "parties:place_remove": (["place"], [302, 405, 405, 405, 405, 405], [302, 403, 403, 403, 403, 302]),
    "parties:district": (["district"], [200, 200, 200, 200, 200, 200], [405, 405, 405, 405, 405, 405]),
    "parties:district_edit": (["district"], [302, 403, 403, 403, 403, 200], [302, 403, 403, 403, 403, 200]),
    "parties:dismiss": (["appointment"], [302, 405, 405, 405, 405, 405], [302, 403, 403, 403, 403, 302]),
    "notices:notice_read": (["notice"], [302, 405, 405, 405, 405, 405], [302, 404, 404, 404, 404, 404]),
    "ledger:event": (["event"], [404, 404, 404, 404, 404, 200], [405, 405, 405, 405, 405, 405]),
    "ledger:event_reverse": (["event"], [405, 405, 405, 405, 405, 405], [302, 404, 404, 404, 404, 302]),
    "ledger:resource": (["resource"], [404, 404, 404, 404, 404, 200], [405, 405, 405, 405, 405, 405]),
    "ledger:process": (["process"], [404, 404, 404, 404, 404, 404], [405, 405, 405, 405, 405, 405]),
    "exchange:processor": (["processor"], [200, 200, 200, 200, 200, 200], [405, 405, 405, 405, 405, 405]),
    "exchange:processor_edit": (["processor"], [302, 403, 403, 403, 403, 200], [302, 403, 403, 403, 403, 200]),
    "exchange:processor_move": (["processor"], [405, 405, 405, 405, 405, 405], [302, 403, 403, 403, 403, 302]),
    "exchange:run_new": (["processor"], [302, 403, 403, 403, 403, 403], [302, 403, 403, 403, 403, 403]),
    "exchange:photo": (["photo"], [404, 404, 404, 404, 404, 200], [405, 405, 405, 405, 405, 405]),
    "exchange:photo_remove": (["photo"], [405, 405, 405, 405, 405, 405], [302, 404, 404, 404, 404, 302]),
    "exchange:intent": (["hidden"], [404, 404, 404, 404, 404, 200], [405, 405, 405, 405, 405, 405]),
    "exchange:intent_edit": (["offer"], [302, 403, 403, 403, 403, 200], [302, 403, 403, 403, 403, 200]),
    "exchange:intent_move": (["hidden"], [405, 405, 405, 405, 405, 405], [302, 404, 404, 404, 404, 302]),
    "exchange:intent_ask": (["hidden", "partner"], [405, 405, 405, 405, 405, 405], [302, 404, 404, 404, 404, 403]),
    "exchange:photo_add": (["offer"], [405, 405, 405, 405, 405, 405], [302, 403, 403, 403, 403, 422]),
    "exchange:proposal": (["proposal"], [302, 404, 404, 404, 404, 200], [405, 405, 405, 405, 405, 405]),
    "exchange:proposal_answer": (["proposal"], [405, 405, 405, 405, 405, 405], [302, 404, 404, 404, 404, 403]),
    "exchange:proposal_withdraw": (["proposal"], [405, 405, 405, 405, 405, 405], [302, 404, 404, 404, 404, 302]),
    "exchange:agreement": (["agreement"], [302, 404, 404, 404, 404, 200], [405, 405, 405, 405, 405, 405]),
    "exchange:delivery_record": (["agreement"], [405, 405, 405, 405, 405, 405], [302, 404, 404, 404, 404, 403]),
    "exchange:delivery_confirm": (["delivery"], [405, 405, 405, 405, 405, 405], [302, 404, 404, 404, 404, 403]),
    "exchange:delivery_dispute": (["delivery"], [405, 405, 405, 405, 405, 405], [302, 404, 404, 404, 404, 403]),
    "exchange:delivery_withdraw": (["delivery"], [405, 405, 405, 405, 405, 405], [302, 404, 404, 404, 404, 403]),
    "exchange:delivery_photo": (["delivery"], [302, 404, 404, 404, 404, 200], [405, 405, 405, 405, 405, 405]),
    "planning:run": (["waiting"], [403, 403, 403, 403, 403, 200], [405, 405, 405, 405, 405, 405]),
    "planning:participants": (["plan"], [200, 200, 200, 200, 200, 200], [405, 405, 405, 405, 405, 405]),
    "planning:compare": (["plan"], [200, 200, 200, 200, 200, 200], [405, 405, 405, 405, 405, 405]),
    "planning:split": (["plan"], [200, 200, 200, 200, 200, 200], [405, 405, 405, 405, 405, 405]),
    "planning:split_csv": (["plan"], [200, 200, 200, 200, 200, 200], [405, 405, 405, 405, 405, 405]),
    "planning:edit_site": (["site"], [302, 403, 403, 403, 403, 200], [302, 403, 403, 403, 403, 422]),
    "planning:remove_site": (["site"], [302, 405, 405, 405, 405, 405], [302, 403, 403, 403, 403, 302]),
    "planning:finish": (["waiting"], [302, 405, 405, 405, 405, 405], [302, 403, 403, 403, 403, 403]),
    "planning:cancel": (["waiting"], [302, 405, 405, 405, 405, 405], [302, 403, 403, 403, 403, 302]),
    "planning:propose": (["plan"], [302, 405, 405, 405, 405, 405], [302, 403, 403, 403, 403, 302]),
    "planning:plan_json": (["plan"], [200, 200, 200, 200, 200, 200], [405, 405, 405, 405, 405, 405]),
    "planning:flows_csv": (["plan"], [200, 200, 200, 200, 200, 200], [405, 405, 405, 405, 405, 405]),
    "planning:sweep_csv": (["plan"], [409, 409, 409, 409, 409, 409], [405, 405, 405, 405, 405, 405]),
    **SHARING,
    **REPAIR,
    **HUB,
}  # fmt: skip
OPEN = {
    "catalogue:kind", "catalogue:recipe", "catalogue:factor", "indicators:indicator",
    "indicators:indicator_csv", "exchange:post_step", "catalogue:displacement",
    "hub:ngsi_ld", "hub:device_readings",  # have their own roles, asked about in tests/hub
    "hub:features_collection", "hub:features_items", "hub:features_item",  # likewise
    "hub:interface_operation", "hub:dcat_file",  # say the same to everybody
}  # fmt: skip


def test_every_address_that_names_a_thing_has_its_row() -> None:
    assert set(named_with_things()) == ROWS.keys() | OPEN


def test_reading_gives_each_role_what_the_table_says(
    neighbours: Neighbours, as_agent: SignIn
) -> None:
    clients = {role: as_agent(neighbours.agents[role]) for role in ROLES}
    before = everything()
    found = {name: answers(neighbours, clients, name, "get") for name in ROWS}
    assert found == {name: gets for name, (_things, gets, _posts) in ROWS.items()}
    assert everything() == before


def test_writing_is_for_nobody_but_those_whom_the_table_names(
    neighbours: Neighbours, as_agent: SignIn
) -> None:
    clients = {role: as_agent(neighbours.agents[role]) for role in ROLES}
    before = everything()
    found = {name: answers(neighbours, clients, name, "post") for name in ROWS}
    assert found == {name: posts for name, (_things, _gets, posts) in ROWS.items()}
    assert everything() == before


def answers(
    neighbours: Neighbours, clients: dict[str, Client], name: str, method: str
) -> list[int]:
    """One status a role. What the administrator of the node did is taken back."""
    path = reverse(name, args=[neighbours.things[each] for each in ROWS[name][0]])
    data = TYPED if method == "post" else {}
    found = []
    for role in ROLES:
        client = clients[role]
        if role == "node_admin":
            with transaction.atomic():
                found.append(getattr(client, method)(path, data).status_code)
                transaction.set_rollback(True)
        else:
            found.append(getattr(client, method)(path, data).status_code)
    return found


def everything() -> dict[str, list[tuple[object, ...]]]:
    """Every row of the platform's own tables; sessions, the times of sign-in, and who read what
    that is not open (which reading writes down) left aside."""
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values_list())
        for model in apps.get_models()
        if model.__module__.startswith("kierto.")
        and model._meta.label not in {"parties.User", "hub.ReadLog", "hub.ReadOwner"}
    }
