"""Reading the text of a query into its tree (clause 4.9).

Names are terms of a context, compact IRIs, or IRIs between ``<`` and ``>`` (as
:func:`kierto.ngsild.q_tree.write_q` writes them). Beyond the grammar of the specification,
``!path`` asks for absence, as every broker in use understands it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING, Final, NoReturn

import orjson

from kierto.ngsild.comparisons import Pattern, Scalar, Span, Value
from kierto.ngsild.errors import BadRequestData, TooComplexQuery
from kierto.ngsild.moments import Moment, read_moment
from kierto.ngsild.patterns import find_pattern
from kierto.ngsild.q_tree import (
    ENTITY_MEMBERS,
    INSTANCE_MEMBERS,
    And,
    Compare,
    Exists,
    Expression,
    Link,
    NotExists,
    Or,
    Path,
)

if TYPE_CHECKING:
    from kierto.ngsild.contexts import Context

LENGTH: Final = 16_384
"""Characters of one query."""

TERMS: Final = 512
"""Comparisons in one query, values of lists counted."""

DEPTH: Final = 32
"""Parentheses in parentheses."""

STEPS: Final = 16
"""Names, members or links in one path."""

# Names may hold what terms hold in use (``schema:name``, ``air-quality``), not only what the
# grammar of version 1.9.1 says; inside braces a colon ends the types of a link.
_NAME = re.compile(
    r"\s*(?:<([^<>\s]{1,2048})>|([^\s=!<>~;|(),.{}\[\]\":]+(?::[^\s=!<>~;|(),.{}\[\]\":/]+)*))\s*"
)
_INNER_NAME = re.compile(r"\s*(?:<([^<>\s]{1,2048})>|([^\s=!<>~;|(),.{}\[\]\":]+))\s*")
_MEMBER = re.compile(r"\s*([^\s=!<>~;|(),.{}\[\]\"]+)\s*")
_OPERATOR = re.compile(r"==|!=|>=|<=|>|<|!~=|~=")
_QUOTED = re.compile(r"\s*\"((?:[^\"\\]|\\.)*)\"\s*", re.DOTALL)
_BARE = re.compile(r"(?:(?!\.\.)[^;|(),\"])+")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_WORDS: Final[dict[str, bool]] = {"true": True, "false": False}


def parse_q(
    text: str,
    context: Context,
    *,
    expand_values: Collection[str] = (),
    json_keys: Collection[str] = (),
) -> Expression:
    """Read a query.

    Args:
        text: for example ``speed>50;(brand=="Tesla"|!owner)``.
        context: what the names mean.
        expand_values: names (terms or IRIs) of attributes whose values in the query are terms
            too and are expanded (vocabulary).
        json_keys: names of attributes that hold plain JSON. Ways into values are never expanded
            here, so they change nothing but must be names.

    Raises:
        BadRequestData: the text is no query; the sentence says where.
        TooComplexQuery: it is longer or deeper than a node answers.
    """
    _check_text(text, "q")
    vocabulary = frozenset(context.expand(name.strip()) for name in expand_values)
    for name in json_keys:
        context.expand(name.strip())
    reader = _Reader(text, context, vocabulary)
    expression = reader.disjunction(0)
    if reader.at < len(text):
        reader.refuse("nothing may follow here")
    return expression


def parse_path(text: str, context: Context) -> Path:
    """Read a path alone, as ``orderBy`` names one: ``address[city]``, ``name.observedAt``.

    Raises:
        BadRequestData: the text is no path.
    """
    _check_text(text, "A path")
    reader = _Reader(text, context, frozenset())
    path = reader.path()
    if reader.at < len(text):
        reader.refuse("nothing may follow here")
    return path


def _check_text(text: str, what: str) -> None:
    if len(text) > LENGTH:
        raise TooComplexQuery(f"{what} is longer than {LENGTH} characters.")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BadRequestData(f"{what} has half a character of Unicode in it.") from error


class _Reader:
    def __init__(self, text: str, context: Context, vocabulary: frozenset[str]) -> None:
        self.text = text
        self.context = context
        self.vocabulary = vocabulary
        self.at = 0
        self.count = 0

    def refuse(self, why: str) -> NoReturn:
        rest = self.text[self.at : self.at + 24]
        raise BadRequestData(
            f"q: {why}, at {rest!r}." if rest else f"q: {why}, and the query ends."
        )

    def starts(self, sign: str) -> bool:
        return self.text.startswith(sign, self.at)

    def skip_space(self) -> None:
        text, end = self.text, len(self.text)
        while self.at < end and text[self.at].isspace():
            self.at += 1

    # ------------------------------------------------------- logic

    def disjunction(self, depth: int) -> Expression:
        parts = [self.conjunction(depth)]
        while self.starts("|"):
            self.at += 1
            parts.append(self.conjunction(depth))
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def conjunction(self, depth: int) -> Expression:
        parts = [self.term(depth)]
        while self.starts(";"):
            self.at += 1
            parts.append(self.term(depth))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def term(self, depth: int) -> Expression:
        self.skip_space()
        if self.starts("("):
            if depth >= DEPTH:
                raise TooComplexQuery(f"q has more than {DEPTH} nested parentheses.")
            self.at += 1
            inner = self.disjunction(depth + 1)
            if not self.starts(")"):
                self.refuse("a parenthesis is not closed")
            self.at += 1
            self.skip_space()
            return inner
        self._counted()
        if self.starts("!"):
            self.at += 1
            return NotExists(self.path())
        path = self.path()
        operator = _OPERATOR.match(self.text, self.at)
        if operator is None:
            return Exists(path)
        self.at = operator.end()
        return Compare(path, operator[0], self.value(path, operator[0]))

    def _counted(self) -> None:
        self.count += 1
        if self.count > TERMS:
            raise TooComplexQuery(f"q has more than {TERMS} terms.")

    # ------------------------------------------------------- paths

    def path(self) -> Path:
        links: list[Link] = []
        name = self.name(_NAME)
        while self.starts("{"):
            self.at += 1
            types: list[str] = []
            inner = self.name(_INNER_NAME)
            while self.starts(","):
                self.at += 1
                types.append(inner)
                inner = self.name(_INNER_NAME)
            if self.starts(":"):
                self.at += 1
                types.append(inner)
                inner = self.name(_INNER_NAME)
            elif types:
                self.refuse("':' is expected after the types of a linked entity")
            links.append(
                Link(self.context.expand(name), tuple(map(self.context.expand_type_name, types)))
            )
            name = inner
        found = Path(self._names(name), self._members(), tuple(links))
        for _ in links:
            if not self.starts("}"):
                self.refuse("a brace is not closed")
            self.at += 1
            self.skip_space()
        if len(found.names) + len(found.members) + len(links) > STEPS:
            raise TooComplexQuery(f"q: a path has more than {STEPS} steps.")
        return found

    def name(self, form: re.Pattern[str]) -> str:
        found = form.match(self.text, self.at)
        if found is None:
            self.refuse("the name of an attribute is expected")
        self.at = found.end()
        return found[1] or found[2]

    def _names(self, first: str) -> tuple[str, ...]:
        names = [first if first in ENTITY_MEMBERS else self.context.expand(first)]
        while self.starts(".") and not self.starts(".."):
            self.at += 1
            name = self.name(_NAME)
            names.append(name if name in INSTANCE_MEMBERS else self.context.expand(name))
        return tuple(names)

    def _members(self) -> tuple[str, ...]:
        if not self.starts("["):
            return ()
        self.at += 1
        members = []
        while True:
            found = _MEMBER.match(self.text, self.at)
            if found is None:
                self.refuse("the name of a member is expected")
            members.append(found[1])
            self.at = found.end()
            if not self.starts("."):
                break
            self.at += 1
        if not self.starts("]"):
            self.refuse("a square bracket is not closed")
        self.at += 1
        self.skip_space()
        return tuple(members)

    # ------------------------------------------------------ values

    def value(self, path: Path, operator: str) -> Value:
        if operator in ("~=", "!~="):
            return self.pattern()
        equality = operator in ("==", "!=")
        first = self.scalar(path, equality)
        if self.starts(".."):
            if not equality:
                self.refuse("a range goes with == or != only")
            self.at += 2
            return self._span(first, self.scalar(path, equality))
        if not self.starts(","):
            return first
        if not equality:
            self.refuse("a list goes with == or != only")
        values = [first]
        while self.starts(","):
            self.at += 1
            self._counted()
            values.append(self.scalar(path, equality))
        return tuple(values)

    def _span(self, low: Scalar, high: Scalar) -> Span:
        comparable = (
            isinstance(low, Moment) and isinstance(high, Moment) and low.kind == high.kind
        ) or (_family(low) == _family(high) and _family(low) in (str, float))
        if not comparable:
            self.refuse("the ends of a range are two numbers, two texts or two times")
        return Span(low, high)

    def scalar(self, path: Path, equality: bool) -> Scalar:
        quoted = _QUOTED.match(self.text, self.at)
        if quoted is not None:
            self.at = quoted.end()
            return self._expanded(path, self._text(quoted[1]))
        found = _BARE.match(self.text, self.at)
        bare = found[0].strip() if found is not None else ""
        if found is None or not bare or self.text.startswith('"', found.end()):
            self.refuse("a value is expected")
        self.at = found.end()
        value = _plain(bare)
        if isinstance(value, str):
            if not equality:
                self.refuse(f"{bare[:64]!r} is no number, no time and no text in quotes")
            return self._expanded(path, value)
        if isinstance(value, bool) and not equality:
            self.refuse("true and false go with == or != only")
        return value

    def _text(self, inner: str) -> str:
        try:
            text = orjson.loads(f'"{inner}"')
        except orjson.JSONDecodeError:
            self.refuse("a text in quotes is no JSON string")
        return str(text)

    def _expanded(self, path: Path, text: str) -> str:
        if path.first in self.vocabulary or path.names[0] in self.vocabulary:
            return self.context.expand(text)
        return text

    def pattern(self) -> Pattern:
        self.skip_space()
        quoted = _QUOTED.match(self.text, self.at)
        if quoted is not None:
            self.at = quoted.end()
            source = quoted[1]
        else:
            source = self._bare_pattern()
        source = re.sub(r"\\(.)", _unquoted, source, flags=re.DOTALL)
        if not source:
            self.refuse("a regular expression is expected")
        find_pattern(source)
        return Pattern(source)

    def _bare_pattern(self) -> str:
        """An expression without quotes ends where the query goes on, outside its own brackets."""
        text, start, depth, class_ = self.text, self.at, 0, False
        while self.at < len(text):
            sign = text[self.at]
            if sign == "\\":
                self.at += 1
            elif class_:
                class_ = sign != "]"
            elif sign == "[":
                class_ = True
            elif sign == "(":
                depth += 1
            elif sign == ")" and depth:
                depth -= 1
            elif not depth and sign in ";|)":
                break
            self.at += 1
        self.at = min(self.at, len(text))
        return text[start : self.at].strip()


def _unquoted(found: re.Match[str]) -> str:
    return '"' if found[1] == '"' else found[0]


def _plain(bare: str) -> Scalar:
    """What a value without quotes is: a number, true, false, a time, otherwise text (a URI)."""
    number = _NUMBER.fullmatch(bare)
    if number is not None:
        return _number(bare, whole=number[1] is None and number[2] is None)
    if bare in _WORDS:
        return _WORDS[bare]
    moment = read_moment(bare)
    return bare if moment is None else moment


def _number(bare: str, *, whole: bool) -> int | float:
    if whole and len(bare) <= 18:  # what a signed word of 64 bits holds
        return int(bare)
    value = float(bare)
    if value in (float("inf"), float("-inf")):
        raise BadRequestData(f"q: {bare[:32]!r} is larger than a number may be.")
    return value


def _family(value: Scalar) -> type:
    if isinstance(value, bool):
        return bool
    return float if isinstance(value, (int, float)) else type(value)
