"""Nodes of other cities, for tests: what they say, and how this one joins them."""

from __future__ import annotations

from contextlib import contextmanager

from kierto.hub.nodes import actions
from kierto.hub.nodes.links import link_of
from kierto.hub.nodes.speaking import Hello
from kierto.parties.queries import system_agent
from tests.hub.endpoints import listening
from tests.hub.sources import lamp, saying

KIND = "urn:kierto:hub:Offer"
OWN = "http://own.example"


def offer(number, /, **values):
    return lamp(f"urn:ngsi-ld:Offer:{number}", KIND, **values)


@contextmanager
def neighbour(*entities, alias="neighbour", refusal=None):
    """A node of another city: says who it is, greets back, has some entities."""

    def reply(handler):
        path = handler.path.partition("?")[0]
        if path.endswith("/info/sourceIdentity"):
            body, status = {"contextSourceAlias": alias}, 200
        elif path.endswith("/join/hello/"):
            body, status = greeting, 200
            if refusal is not None:
                body, status = {"type": f"urn:kierto:error:{refusal[0]}"}, refusal[1]
        elif path.endswith("/types"):
            body, status = {"typeList": [KIND, "urn:kierto:hub:Need"]}, 200
        elif path.endswith("/leave/"):
            body, status = None, 204
        else:
            body, status = list(entities), 200
        saying(body, status)(handler)

    with listening(reply) as endpoint:
        greeting = {
            "name": "Prato",
            "address": endpoint.url,
            "alias": alias,
            "key": "kierto_theirs",
            "types": [KIND],
            "word": "",
        }
        yield endpoint


def word():
    return "w" * 54


def joined(endpoint, **options):
    link = link_of(endpoint.url, word())
    return actions.join(link, address=OWN, by=system_agent(), **options)


def knock(endpoint, secret, **changes):
    hello = Hello("Prato", endpoint.url, "neighbour", "kierto_theirs", [KIND], secret)
    said = {name: getattr(hello, name) for name in hello.__slots__} | changes
    return actions.admit(Hello(**said), own_address=OWN)
