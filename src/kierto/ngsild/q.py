"""Queries by value (``q``): reading them, and judging an entity by them (clause 4.9).

:func:`parse_q` reads text into the tree of :mod:`kierto.ngsild.q_tree`; :func:`matches` judges.
Every query, subscription and forwarded result is judged here and nowhere else.
"""

from __future__ import annotations

from kierto.ngsild.comparisons import Pattern, Span
from kierto.ngsild.moments import Moment
from kierto.ngsild.q_evaluator import Document, Resolve, matches, values_at
from kierto.ngsild.q_parser import parse_path, parse_q
from kierto.ngsild.q_tree import (
    And,
    Compare,
    Exists,
    Expression,
    Link,
    NotExists,
    Or,
    Path,
    attributes,
    link_depth,
    terms,
    write_path,
    write_q,
)

__all__ = [
    "And",
    "Compare",
    "Document",
    "Exists",
    "Expression",
    "Link",
    "Moment",
    "NotExists",
    "Or",
    "Path",
    "Pattern",
    "Resolve",
    "Span",
    "attributes",
    "link_depth",
    "matches",
    "parse_path",
    "parse_q",
    "terms",
    "values_at",
    "write_path",
    "write_q",
]
