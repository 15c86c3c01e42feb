"""Subscriptions of this node at other sources (clause 5.8.1.4).

Whoever subscribes here to entities of which a registered source has a part is told of what changes
there as well. For that a reduced copy of the subscription is made at the source, which sends its
notifications to this node (:mod:`.arriving`); here they are judged, and told on in the form and to
the address that the subscriber chose.

What is to stand where is planned (:mod:`.planning`) and written down; a thread carries it to the
sources (:mod:`.carrying`), again and again until it stands there. Nobody who subscribes waits for
a source.
"""

from __future__ import annotations
