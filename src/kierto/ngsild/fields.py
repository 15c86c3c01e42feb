"""Members of subscriptions and registrations, checked one by one (clauses 5.2.9 to 5.2.34)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING, Any, Final

from kierto.ngsild import times
from kierto.ngsild.errors import BadRequestData
from kierto.ngsild.members import NONE, NULL
from kierto.ngsild.names import check_name, is_uri, read_uri
from kierto.ngsild.patterns import find_pattern
from kierto.ngsild.values import DEEP, check_json

if TYPE_CHECKING:
    from kierto.ngsild.contexts import Context

LIST: Final = 1_000
"""Elements one list of a subscription or registration may have."""

TEXT: Final = 4_096
"""Characters of one text."""

_LANGUAGES = re.compile(r"[A-Za-z0-9*][A-Za-z0-9*\-,;=. ]{0,199}")
_VERSION = re.compile(r"\d{1,3}\.\d{1,3}")


def refuse(path: str, wanted: str) -> BadRequestData:
    """An error that names a member and what it should be."""
    return BadRequestData(f"{path} is {wanted}.")


def read_object(value: Any, path: str) -> dict[str, Any]:
    """A JSON object."""
    if not isinstance(value, dict):
        raise refuse(path, "an object")
    return value


def read_payload(value: Any, path: str) -> dict[str, Any]:
    """A JSON object that can be kept: not nested without end, numbers as JSON carries them on."""
    check_json(value, path, DEEP)
    return read_object(value, path)


def read_text(value: Any, path: str) -> str:
    """A text with something in it."""
    if not isinstance(value, str) or not value.strip() or len(value) > TEXT:
        raise refuse(path, f"a text of 1 to {TEXT} characters")
    return value


def read_boolean(value: Any, path: str) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise refuse(path, "true or false")
    return value


def read_positive(value: Any, path: str) -> float:
    """A number above 0."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise refuse(path, "a number above 0")
    if not math.isfinite(value) or value <= 0 or value > 1e12:
        raise refuse(path, "a number above 0")
    return value


def read_whole(value: Any, path: str) -> int:
    """A whole number above 0."""
    if type(value) is not int or not 0 < value < 2**31:
        raise refuse(path, "a whole number above 0")
    return value


def read_list(value: Any, path: str) -> list[Any]:
    """A list with something in it."""
    if not isinstance(value, list) or not value:
        raise refuse(path, "a list that is not empty")
    if len(value) > LIST:
        raise BadRequestData(f"{path} has more than {LIST} elements.")
    return value


def read_each(value: Any, path: str, read: Callable[[Any, str], Any]) -> list[Any]:
    """A list with something in it, each element read."""
    return [read(part, f"{path}[{at}]") for at, part in enumerate(read_list(value, path))]


def choice(*choices: str) -> Callable[[Any, str], str]:
    """A reader of one of some words."""

    def read(value: Any, path: str) -> str:
        if not isinstance(value, str) or value not in choices:
            raise refuse(path, f"one of {', '.join(choices)}")
        return value

    return read


def read_time(value: Any, path: str) -> str:
    """A date and time, normalised; spaces around it are passed over."""
    if not isinstance(value, str):
        raise refuse(path, "a date and time such as 2026-11-22T07:00:00Z")
    try:
        return times.read_time(value.strip())
    except BadRequestData as error:
        raise BadRequestData(f"{path}: {error.detail}") from error


def read_future(value: Any, path: str, now: str) -> str:
    """A date and time that is still to come."""
    moment = read_time(value, path)
    if times.sort_key(moment) <= times.sort_key(now):
        raise BadRequestData(f"{path} is in the past.")
    return moment


def read_interval(value: Any, path: str) -> dict[str, str]:
    """A time interval: ``startAt``, and ``endAt`` where it has an end (clause 5.2.11)."""
    given = read_object(value, path)
    interval = {"startAt": read_time(given.get("startAt"), f"{path}.startAt")}
    if given.get("endAt") is not None:
        interval["endAt"] = read_time(given["endAt"], f"{path}.endAt")
        if times.sort_key(interval["endAt"]) < times.sort_key(interval["startAt"]):
            raise BadRequestData(f"{path}: endAt comes after startAt.")
    return interval


def read_language(value: Any, path: str) -> str:
    """A language, or several as in Accept-Language."""
    if not isinstance(value, str) or not _LANGUAGES.fullmatch(value):
        raise refuse(path, "a language such as fi or sv-FI")
    return value


def read_version(value: Any, path: str) -> str:
    """A version of the specification: ``major.minor``."""
    if not isinstance(value, str) or not _VERSION.fullmatch(value):
        raise refuse(path, "a version such as 1.6")
    return value


def read_pattern(value: Any, path: str) -> str:
    """A regular expression."""
    text = read_text(value, path)
    find_pattern(text)
    return text


def read_dataset(value: Any, path: str) -> str:
    """A datasetId, or ``@none``."""
    return NONE if value == NONE else read_uri(value, path)


def read_datasets(value: Any, path: str) -> list[str]:
    """datasetIds; one alone may stand without a list."""
    if isinstance(value, str):
        return [read_dataset(value, path)]
    return read_each(value, path, read_dataset)


def read_key_values(value: Any, path: str) -> list[dict[str, str]]:
    """A list of ``{"key": …, "value": …}``, both texts (clause 5.2.22)."""
    if value == []:
        return []

    def read(pair: Any, where: str) -> dict[str, str]:
        given = read_object(pair, where)
        key = read_text(given.get("key"), f"{where}.key")
        if not isinstance(given.get("value"), str) or len(given["value"]) > TEXT:
            raise refuse(f"{where}.value", "a text")
        return {"key": key, "value": given["value"]}

    return read_each(value, path, read)


def read_names(value: Any, path: str, context: Context) -> list[str]:
    """Names of attributes, expanded; each once."""

    def read(name: Any, where: str) -> str:
        text = read_text(name, where)
        check_name(text)
        return context.expand(text)

    return list(dict.fromkeys(read_each(value, path, read)))


def read_joined_names(value: Any, path: str, context: Context) -> list[str]:
    """Names of attributes in one text with commas between (or a list), expanded."""
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, list):
        raise refuse(path, "a text with names of attributes and commas between them")
    return read_names(
        [name.strip() if isinstance(name, str) else name for name in names], path, context
    )


def read_endpoint_uri(value: Any, path: str, schemes: Collection[str]) -> str:
    """A URI that something answers at."""
    if not is_uri(value) or value.partition(":")[0].lower() not in schemes:
        raise refuse(path, f"a URI that begins with {', '.join(sorted(schemes))}")
    return str(value)


def is_null(value: Any) -> bool:
    """Whether a member of a fragment shall go."""
    return value is None or value == NULL


def without(members: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """The members but some."""
    left = set(names)
    return {name: value for name, value in members.items() if name not in left}
