"""One family of errors, one shape everywhere (RFC 9457 problem details when shown to a program).

A domain error says what is wrong and then what to do, carries a machine code and typed fields,
and keeps its sentence untranslated until somebody reads it: subclasses set ``sentence`` to a
(lazily translated) text with named placeholders that ``fields`` fill.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar

from kierto.core.text import Sentence as _


class DomainError(Exception):
    """A rule of the district was broken. Nothing was written.

    Attributes:
        code: stable machine name, ``snake_case``.
        status: HTTP status that fits the refusal.
        sentence: what is wrong and what to do, with ``%(name)s`` placeholders.
        fields: the values of the placeholders and whatever else a program may want.
        field: name of the form field the error belongs to, if there is one.
        others: what is wrong as well, where everything was judged at once.
    """

    code: ClassVar[str] = "domain_error"
    status: ClassVar[HTTPStatus] = HTTPStatus.BAD_REQUEST
    sentence: ClassVar[Any] = _("Something does not fit. Check what you entered and try again.")
    field: str | None = None
    others: tuple[DomainError, ...] = ()

    def __init__(self, *, field: str | None = None, **fields: Any) -> None:
        super().__init__()
        self.fields: Mapping[str, Any] = fields
        self.field = field or type(self).field

    def __str__(self) -> str:
        text = str(self.sentence)
        return text % dict(self.fields) if self.fields else text

    def as_problem(self) -> dict[str, Any]:
        """Problem details (RFC 9457): type, title, status, detail, plus the fields as strings."""
        problem: dict[str, Any] = {
            "type": f"urn:kierto:error:{self.code}",
            "title": self.code.replace("_", " "),
            "status": int(self.status),
            "detail": str(self),
        }
        if self.field:
            problem["field"] = self.field
        if self.fields:
            problem["fields"] = {name: str(value) for name, value in self.fields.items()}
        return problem


class NotAllowed(DomainError):
    """The person may not do this; ``reason`` is the sentence of the refused decision."""

    code = "not_allowed"
    status = HTTPStatus.FORBIDDEN
    sentence = "%(reason)s"

    def __init__(self, reason: Any) -> None:
        super().__init__(reason=reason)
