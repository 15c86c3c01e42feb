"""How much one request may ask of a node. Each limit stands far above honest use."""

from __future__ import annotations

CONTEXT_TERMS = 20_000
"""Terms of one context, all its parts together (Smart Data Models, the largest known, has 8 600
in 2025 (unverified))."""

CONTEXT_PARTS = 64
"""Contexts that one context may name or embed, at any depth."""

CONTEXT_DEPTH = 16
"""How deep contexts may stand in contexts, and terms be defined by terms."""

IRI_LENGTH = 2_048
"""Characters of an identifier, a type or the name of an attribute, expanded."""

TERM_LENGTH = 512
"""Characters of a term as written."""

EXPANSIONS_REMEMBERED = 8_192
"""Expansions and compactions one context remembers, so that strangers cannot fill the memory."""

ATTRIBUTE_DEPTH = 16
"""Attributes of attributes of attributes."""

VALUE_DEPTH = 96
"""Arrays and objects in a value. orjson itself stops at 254 when it writes."""

ATTRIBUTES = 5_000
"""Attributes of one entity, or of one attribute."""

INSTANCES = 5_000
"""Instances (datasetIds) of one attribute in one payload."""

SCOPES = 500
"""Scopes of one entity."""

TYPES = 100
"""Types of one entity."""

POSITIONS = 100_000
"""Positions of one line or ring, and parts of one geometry."""
